package pages

import (
	"net/http"
	"strings"
)

// Preferred is the language for who is known by nothing but a request, at an
// address that is the same in both: "en" where a browser asks for English
// first, French ("") otherwise.
func Preferred(r *http.Request) string {
	first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	first, _, _ = strings.Cut(first, ";")
	language, _, _ := strings.Cut(strings.TrimSpace(first), "-")
	if strings.EqualFold(language, "en") {
		return "en"
	}
	return ""
}
