package form

import (
	"slices"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
)

// clauses fill the fields of the letter's clauses: those in another order or
// other words than usual. "clauses/order" is the order of all.
func (w writer) clauses(own []notice.Clause) {
	if len(own) == 0 {
		return
	}
	w.below("order").set(strings.Join(orderOf(own), " "))
	for _, c := range own {
		w.below(c.ID, "omit").set(c.Omit)
		w.below(c.ID, "text").set(c.Text)
		if c.Omit != "" {
			w.below(c.ID, "leave").set("true")
		}
	}
}

// orderOf is the order of all clauses where a notice names some: these stand,
// in the places they had, in the order in which it names them.
func orderOf(own []notice.Clause) []string {
	order := templates.ClauseIDs()
	var places []int
	var moved []string
	for _, c := range own {
		if i := slices.Index(templates.ClauseIDs(), c.ID); i >= 0 {
			places, moved = append(places, i), append(moved, c.ID)
		}
	}
	slices.Sort(places)
	for i, place := range places {
		order[place] = moved[i]
	}
	return order
}

// clauses reads them. Those that stand where they always do, in their own
// words, are not named.
func (r *reader) clauses(to *[]notice.Clause) {
	ids := templates.ClauseIDs()
	order := slices.DeleteFunc(strings.Fields(r.text("order")), func(id string) bool { return !slices.Contains(ids, id) })
	if slices.Sort(ids); !slices.Equal(slices.Sorted(slices.Values(order)), ids) {
		order = orderOf(*to)
	}
	ids = templates.ClauseIDs()
	var own []notice.Clause
	for i, id := range order {
		c := notice.Clause{ID: id}
		r.below(func() { r.clause(&c) }, id)
		if id != ids[i] || c != (notice.Clause{ID: id}) {
			own = append(own, c)
		}
	}
	if !slices.Equal(effect(own), effect(*to)) {
		*to = own
	}
}

// effect is what clauses come to: all of them in their order, with the words
// and omissions of some.
func effect(own []notice.Clause) []notice.Clause {
	var all []notice.Clause
	for _, id := range orderOf(own) {
		c := notice.Clause{ID: id}
		if i := slices.IndexFunc(own, func(o notice.Clause) bool { return o.ID == id }); i >= 0 {
			c = own[i]
		}
		all = append(all, c)
	}
	return all
}

func (r *reader) clause(c *notice.Clause) {
	c.Text = r.text("text")
	if !r.yes("leave") {
		return
	}
	if c.Omit = r.text("omit"); c.Omit == "" {
		r.fault(bureau.NoReason, "", "omit")
	}
}
