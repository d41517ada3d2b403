package office

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

const writersAtOnce = 32

// windowOf spreads notices over years, so that a month has some hundreds.
func windowOf(i int) string {
	day := time.Date(2023, 8, 8+i%900, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	return fmt.Sprintf("start: %sT09:00, end: %[1]sT17:00", day)
}

// many puts drafts straight on the record, as many as a bureau writes in a
// decade.
func (o *place) many(count int) {
	o.t.Helper()
	text := sample(o.t)
	var all sync.WaitGroup
	for part := range writersAtOnce {
		all.Go(func() {
			for i := part; i < count; i += writersAtOnce {
				in := strings.NewReplacer(`"20000171"`, fmt.Sprintf(`"%08d"`, 30000000+i), "sur le réseau informatique", fmt.Sprintf("sur le réseau numéro z%d", i),
					"start: 2023-08-08T09:00, end: 2023-08-08T17:00", windowOf(i)).Replace(text)
				id := stream.NewID()
				who := actor([]string{"r1", "r2"}[i%2], notice.Drafter)
				if _, err := o.p.Draft(o.t.Context(), publisher.Order{Who: who, Notice: id, Command: id}, publisher.Draft{Text: in}); err != nil {
					o.t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if err := o.p.Settle(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
}

// TestMany: long lists come by pages, each of which can be reached.
func TestMany(t *testing.T) {
	t.Parallel()
	o, _ := keeping(t)
	o.many(120)
	s1 := o.as("s1")
	v := s1.get("/recherche?mots=reseau")
	v.mentions(t, "120 notes trouvées", "Page 1 sur 6")
	if got := strings.Count(v.text, "<li><h3>"); got != hitPage {
		t.Errorf("%d on a page", got)
	}
	v = s1.get("/recherche?mots=reseau&page=6")
	if got := strings.Count(v.text, "<li><h3>"); got != hitPage || strings.Contains(v.text, "Page suivante") {
		t.Errorf("%d on the last page", got)
	}
	s1.get("/recherche?mots=reseau&page=99").mentions(t, "Page 6 sur 6")
	s1.get("/recherche?mots=Z7").mentions(t, "notes trouvées", "<mark>z7</mark>")
	s1.get("/journal?page=3").mentions(t, "120 entrées", "Page 3 sur 3")
	s1.get("/journal?compte=r2").mentions(t, "60 entrées")
}

// BenchmarkSearch looks for words and opens the trail among ten thousand
// notices, all of which are drafts: their texts are read once.
func BenchmarkSearch(b *testing.B) {
	o, _ := keeping(b)
	o.many(10_000)
	s1 := o.as("s1")
	for _, place := range []string{"/recherche?mots=" + url.QueryEscape("réseau z77"), "/recherche?service=ecs&nature=maintenance", "/journal", "/calendrier?vue=mois&jour=2023-10-08"} {
		s1.get(place) // what is made once
		b.Run(place, func(b *testing.B) {
			for b.Loop() {
				if v := s1.get(place); v.status != http.StatusOK {
					b.Fatal(v.status)
				}
			}
		})
	}
}
