package outlook

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkService makes a service's page from 10,000 notices over ten years,
// 800 of which concern it.
func BenchmarkService(b *testing.B) {
	h := newHouse(b)
	h.archive.entries = library(b, h, 10_000)
	h.set("2024-01-01T00:00")
	for _, period := range []string{"30-jours", "12-mois"} {
		b.Run(period, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, "/services/gamma?periode="+period, nil)
			r.SetPathValue("code", "gamma")
			for b.Loop() {
				if a := h.service(r); a.status != http.StatusOK {
					b.Fatal(a.status)
				}
			}
		})
	}
}
