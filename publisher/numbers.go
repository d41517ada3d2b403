package publisher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// Numbers are those taken for one notice.
type Numbers struct {
	Reference string `json:"reference,omitzero"` // of the letter: "23000172"
	OutageID  string `json:"outage_id,omitzero"` // "INT-2023-000001"
}

func (n Numbers) list() []string {
	return slices.DeleteFunc([]string{n.Reference, n.OutageID}, func(s string) bool { return s == "" })
}

// A series is where numbers of one form come from, one after the other.
type series struct {
	key  string // in NUMBERS: <bureau>.<year>.<series>
	form func(n int) string
}

// references are a bureau's letters of a year: two digits of the year and six.
func references(bureau string, year int) series {
	return series{fmt.Sprintf("%s.%d.reference", bureau, year),
		func(n int) string { return fmt.Sprintf("%02d%06d", year%100, n) }}
}

// outages are those of a year, of all bureaus together: an outage id names the
// outage everywhere. No bureau's code begins with an underscore.
func outages(year int) series {
	return series{fmt.Sprintf("_all.%d.outage", year),
		func(n int) string { return fmt.Sprintf("INT-%d-%06d", year, n) }}
}

var (
	referenceForm = regexp.MustCompile(`^(\d\d)\d{6}$`)
	outageForm    = regexp.MustCompile(`^INT-(\d{4})-\d{6}$`)
)

// referenceSeries is the one to which a written reference belongs: that of the
// year it begins with, or of the year of issue where it has another form.
func referenceSeries(bureau, reference string, issued int) series {
	if m := referenceForm.FindStringSubmatch(reference); m != nil {
		year, _ := strconv.Atoi(m[1]) // two digits
		return references(bureau, 2000+year)
	}
	return references(bureau, issued)
}

func outageSeries(id string, issued int) series {
	if m := outageForm.FindStringSubmatch(id); m != nil {
		year, _ := strconv.Atoi(m[1]) // four digits
		return outages(year)
	}
	return outages(issued)
}

// A counter is what NUMBERS holds of a series.
type counter struct {
	Last  int               `json:"last"`           // the last one allocated
	Given map[string]string `json:"given,omitzero"` // the notice, by a number that an editor gave
	Open  []openNumber      `json:"open,omitzero"`  // allocated of late: nobody has looked yet whether an approval carries it
}

// An openNumber is one that a crash may leave without use.
type openNumber struct {
	Number string    `json:"number"`
	Notice string    `json:"notice"`
	Since  time.Time `json:"since"`
}

// number takes the numbers that a notice still needs. Those it has from an
// earlier approval it keeps.
func (p *Publisher) number(ctx context.Context, d Dossier, n notice.Notice) (Numbers, error) {
	had, year := Numbers{n.Reference, n.OutageID}, n.Issued.Date.Year()
	var err error
	ref := references(n.Issuer, year)
	switch {
	case n.Reference != "":
		err = p.claim(ctx, d, referenceSeries(n.Issuer, n.Reference, year), n.Reference)
	case referenceSeries(n.Issuer, d.Numbers.Reference, 0).key == ref.key:
		had.Reference = d.Numbers.Reference
	default:
		had.Reference, err = p.take(ctx, d, ref)
	}
	if err != nil {
		return had, err
	}
	ids := outages(year)
	switch {
	case n.OutageID != "":
		err = p.claim(ctx, d, outageSeries(n.OutageID, year), n.OutageID)
	case n.Kind == notice.Information: // no outage
	case outageSeries(d.Numbers.OutageID, 0).key == ids.key:
		had.OutageID = d.Numbers.OutageID
	default:
		had.OutageID, err = p.take(ctx, d, ids)
	}
	return had, err
}

// take allocates the next number of a series. One that an earlier attempt left
// open for this notice is used before, unless it is void.
func (p *Publisher) take(ctx context.Context, d Dossier, s series) (string, error) {
	var number string
	void := d.Voids()
	err := p.count(ctx, s.key, func(c *counter) error {
		for _, o := range c.Open {
			if o.Notice == d.ID && !slices.Contains(void, o.Number) {
				number = o.Number
				return errSettled
			}
		}
		number = c.next(s)
		c.Open = append(c.Open, openNumber{number, d.ID, p.Now().UTC()})
		return nil
	})
	return number, err
}

// claim reserves a number that an editor wrote, so that no other notice has it.
func (p *Publisher) claim(ctx context.Context, d Dossier, s series, number string) error {
	if slices.Contains(d.Numbers.list(), number) {
		return nil
	}
	return p.count(ctx, s.key, func(c *counter) error {
		switch owner := c.Given[number]; {
		case owner == d.ID, c.openFor(number, d.ID):
			return errSettled
		case owner != "":
			return fmt.Errorf("%w: number %s is that of notice %s", notice.ErrConflict, number, owner)
		case c.allocated(s, number):
			return fmt.Errorf("%w: number %s has been given already; leave it out to have the next one", notice.ErrConflict, number)
		}
		if c.Given == nil {
			c.Given = map[string]string{}
		}
		c.Given[number] = d.ID
		return nil
	})
}

func (c *counter) openFor(number, id string) bool {
	return slices.ContainsFunc(c.Open, func(o openNumber) bool { return o.Number == number && o.Notice == id })
}

// next is the next number of the series that no editor has given away.
func (c *counter) next(s series) string {
	for {
		c.Last++
		if number := s.form(c.Last); c.Given[number] == "" {
			return number
		}
	}
}

// allocated is whether a written number is one that the series has given.
func (c *counter) allocated(s series, number string) bool {
	n, err := strconv.Atoi(number[max(0, len(number)-6):])
	return err == nil && 0 < n && n <= c.Last && s.form(n) == number
}

// close takes numbers off the open ones.
func (p *Publisher) close(ctx context.Context, key string, numbers []string) error {
	return p.count(ctx, key, func(c *counter) error {
		open := len(c.Open)
		c.Open = slices.DeleteFunc(c.Open, func(o openNumber) bool { return slices.Contains(numbers, o.Number) })
		if len(c.Open) == open {
			return errSettled
		}
		return nil
	})
}

// count changes a counter by checked update; change is asked again when
// somebody else was faster. errSettled says that nothing is to be changed.
func (p *Publisher) count(ctx context.Context, key string, change func(*counter) error) error {
	for {
		var c counter
		had, err := p.Store.Numbers.Get(ctx, key)
		if err != nil && !errors.Is(err, stream.ErrNotFound) {
			return failed("read counter "+key, err)
		}
		if len(had.Value) > 0 {
			if err := json.Unmarshal(had.Value, &c); err != nil {
				return fmt.Errorf("decode counter %s: %w", key, err)
			}
		}
		if err := change(&c); errors.Is(err, errSettled) {
			return nil
		} else if err != nil {
			return err
		}
		if err = p.store(ctx, key, c, had.Revision); !errors.Is(err, stream.ErrConflict) {
			return err
		}
	}
}

func (p *Publisher) store(ctx context.Context, key string, c counter, rev uint64) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if rev == 0 {
		_, err = p.Store.Numbers.Create(ctx, key, data, 0)
	} else {
		_, err = p.Store.Numbers.Update(ctx, key, data, rev)
	}
	return failed("write counter "+key, err)
}
