package office

import (
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/bureau"
)

// Who may use a page.
const (
	everybody = "drafter signatory duty administrator"
	overseen  = "signatory duty administrator"
	writers   = "drafter signatory duty"
	chiefs    = "signatory"
	keeper    = "administrator"
)

// rights say who may use each page and each form. A route without a row fails
// TestRights, and so does a row without a route.
var rights = map[string]string{
	"GET /{$}": everybody,

	"GET /notes/{id}":                              everybody, // and then whose bureau's it is
	"GET /notes/{id}/lettre.pdf":                   everybody,
	"GET /notes/{id}/versions/{entree}":            everybody,
	"GET /notes/{id}/versions/{entree}/lettre.pdf": everybody,
	"POST /notes/{id}/soumettre":                   writers,
	"POST /notes/{id}/retirer":                     writers,
	"POST /notes/{id}/amender":                     writers,
	"POST /notes/{id}/relire":                      chiefs,
	"GET /notes/{id}/signature":                    chiefs,
	"POST /notes/{id}/signer":                      chiefs,
	"POST /notes/{id}/retourner":                   chiefs,

	"GET /nouvelle":                    writers,
	"POST /nouvelle":                   writers,
	"GET /notes/{id}/redaction":        writers,
	"POST /notes/{id}/redaction":       writers,
	"POST /notes/{id}/redaction/copie": writers,
	"POST /notes/{id}/presence":        writers,
	"POST /notes/{id}/apercu":          writers,
	"GET /notes/{id}/apercu/{part}":    writers,
	"POST /notes/{id}/apercu/{part}":   writers,

	"GET /alertes":                  everybody,
	"GET /notes/{id}/alerte":        everybody,
	"GET /notes/{id}/alerte/envoi":  everybody,
	"POST /notes/{id}/alerte/envoi": writers, // and then who may do the act
	"GET /notes/{id}/alerte/{act}":  writers,
	"POST /notes/{id}/alerte/{act}": writers,

	"GET /notes/{id}/diffusion":                               everybody,
	"GET /notes/{id}/diffusion/suivi":                         everybody,
	"GET /notes/{id}/diffusion/{event}/preuve.csv":            overseen,
	"GET /notes/{id}/diffusion/{event}/preuve-nominative.csv": keeper,
	"GET /calendrier":                                         everybody,
	"GET /recherche":                                          everybody,
	"GET /journal":                                            overseen,
	"GET /journal/export.jsonl":                               overseen,
	"GET /abonnes":                                            everybody,
	"POST /abonnes":                                           keeper,
	"GET /abonnes/export.csv":                                 keeper,
	"GET /abonnes/ecartes.csv":                                keeper,
	"POST /abonnes/fiche":                                     keeper,
	"GET /abonnes/fiche/{sub}":                                keeper,
	"POST /abonnes/fiche/{sub}/lever":                         keeper,
	"GET /abonnes/fiche/{sub}/effacer":                        keeper,
	"POST /abonnes/fiche/{sub}/effacer":                       keeper,
	"POST /abonnes/import":                                    keeper,
	"GET /abonnes/import/{list}":                              keeper,
	"POST /abonnes/import/{list}":                             keeper,
	"GET /abonnes/import/{list}/avancement":                   keeper,
	"GET /abonnes/import/{list}/refus.csv":                    keeper,
	"GET /referentiel":                                        everybody,
	"GET /referentiel/services/{code}":                        everybody,
	"GET /referentiel/bureaux":                                everybody,
	"GET /referentiel/clauses":                                everybody,
	"GET /referentiel/catalogue.json":                         everybody,
	"GET /referentiel/bureaux.json":                           everybody,
	"POST /referentiel/controle":                              keeper,

	"GET /compte":                    everybody,
	"POST /compte/nom":               everybody,
	"POST /compte/courriel":          everybody,
	"GET /compte/mot-de-passe":       everybody,
	"POST /compte/mot-de-passe":      everybody,
	"POST /compte/sessions/fin":      everybody,
	"POST /compte/sessions/{no}/fin": everybody,
	"POST /compte/cles":              everybody,
	"POST /compte/cles/{no}/fin":     everybody,
	"POST /compte/absence":           chiefs,
	"POST /compte/absence/{no}/fin":  everybody, // who holds a delegation gives it back

	"GET /personnes":                     keeper,
	"GET /nouvelle-personne":             keeper,
	"POST /nouvelle-personne":            keeper,
	"GET /personnes/{id}":                keeper,
	"POST /personnes/{id}":               keeper,
	"POST /personnes/{id}/mot-de-passe":  keeper,
	"POST /personnes/{id}/sessions/fin":  keeper,
	"POST /personnes/{id}/cles":          keeper,
	"POST /personnes/{id}/cles/{no}/fin": keeper,
	"GET /personnes/{id}/suppression":    keeper,
	"POST /personnes/{id}/suppression":   keeper,
	"POST /interim":                      keeper,
	"POST /interim/{no}/fin":             keeper,
}

var pathParameter = regexp.MustCompile(`{[^}]*}`)

// placeOf is a place that a route serves, with a value for its parameters.
func placeOf(pattern, value string) (method, place string) {
	method, place, _ = strings.Cut(strings.TrimSuffix(pattern, "{$}"), " ")
	return method, pathParameter.ReplaceAllString(place, value)
}

// TestRights asks for every route as every role, as nobody, and with another's
// form. What stands behind the routes is taken away: this is about who gets
// there.
func TestRights(t *testing.T) {
	t.Parallel()
	o := open(t)
	routes := o.office.routes()
	var patterns []string
	for i := range routes {
		patterns = append(patterns, routes[i].pattern)
		routes[i].do = func(visit) (answer, error) {
			return func(_ *Office, v visit) { v.w.WriteHeader(http.StatusTeapot) }, nil
		}
	}
	for _, row := range slices.Sorted(maps.Keys(rights)) {
		if !slices.Contains(patterns, row) {
			t.Errorf("%s has a row and is no route", row)
		}
	}
	who := map[notice.Role]*person{notice.Drafter: o.as("r1"), notice.Signer: o.as("s1"), notice.DutyOfficer: o.as("p1"), notice.Administrator: o.as("a1")}
	server := httptest.NewServer(o.office.handler(routes))
	t.Cleanup(server.Close)
	o.server.Close()
	o.server = server
	nobody := &person{o, "", &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	for _, pattern := range patterns {
		row, ok := rights[pattern]
		if !ok {
			t.Errorf("%s has no row in rights: say who may use it", pattern)
		}
		method, place := placeOf(pattern, "x")
		for role, p := range who {
			want := http.StatusForbidden
			if slices.Contains(strings.Fields(row), string(role)) {
				want = http.StatusTeapot
			}
			if got := p.send(method, place, p.token()); got.status != want {
				t.Errorf("%s as %s: %d, want %d", pattern, role, got.status, want)
			}
			if method == http.MethodGet {
				continue
			}
			for _, other := range []string{"", "0000000000000000", who[notice.Administrator].tokenOf(notice.Administrator, role)} {
				if got := p.send(method, place, other); got.status != http.StatusForbidden {
					t.Errorf("%s as %s with the form of another: %d", pattern, role, got.status)
				}
			}
		}
		want := http.StatusUnauthorized
		if method == http.MethodGet {
			want = http.StatusSeeOther
		}
		if got := nobody.send(method, place, ""); got.status != want {
			t.Errorf("%s as nobody: %d", pattern, got.status)
		}
	}
}

// send makes a request with a form's token.
func (p *person) send(method, place, token string) view {
	p.t.Helper()
	if method == http.MethodGet {
		return p.get(place)
	}
	return p.post(place, url.Values{"jeton": {token}})
}

// token is what this browser's forms carry.
func (p *person) token() string {
	p.t.Helper()
	site, err := url.Parse(p.server.URL)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, c := range p.client.Jar.Cookies(site) {
		if e, err := p.p.Enter(p.t.Context(), c.Value); err == nil {
			return e.Session.Form
		}
	}
	p.t.Fatalf("%s is not signed in", p.id)
	return ""
}

// tokenOf is this browser's token, for somebody of another role; "" for its own.
func (p *person) tokenOf(own, role notice.Role) string {
	if own == role {
		return ""
	}
	return p.token()
}

// TestTraversal puts into every parameter of every path what leads elsewhere in
// a file system, a store or a URL.
func TestTraversal(t *testing.T) {
	t.Parallel()
	o := open(t)
	if err := o.p.AddAccount(t.Context(), publisher.Account{ID: "x1", Roles: []notice.Role{notice.Drafter, notice.Signer, notice.DutyOfficer, notice.Administrator}}); err != nil {
		t.Fatal(err)
	}
	p := o.as("x1")
	evil := []string{"%2e%2e", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%5c..%5cx", "%00", "*", "%3e", "a.b", "user.a1", "%0d%0aSet-Cookie:x", strings.Repeat("a", 5000), "%C3%A9", "%ff"}
	for _, r := range o.office.routes() {
		if !strings.Contains(strings.TrimSuffix(r.pattern, "{$}"), "{") {
			continue
		}
		for _, value := range evil {
			method, place := placeOf(r.pattern, value)
			if got := p.send(method, place, p.token()); got.status < 400 && got.place == place || got.status >= 500 {
				t.Errorf("%s %s: %d", method, place, got.status)
			}
		}
	}
	for _, place := range []string{"/..%2fstyle.css", "/style.css%00", "/style.css/..%2f..%2fgo.mod", "/%2e%2e/go.mod", "/bureau.html", "/layout.html", "/.git/config"} {
		if got := p.get(place); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", place, got.status)
		}
	}
}

// form sends a form of a page as a person does: what it holds, and what is
// typed.
func (p *person) form(page, action string, typed url.Values) view {
	p.t.Helper()
	values := p.get(page).hiddens(p.t, action)
	maps.Copy(values, typed)
	return p.post(action, values)
}

// TestPeople keeps accounts as an administrator does, from the first to its
// removal.
func TestPeople(t *testing.T) {
	t.Parallel()
	o := open(t)
	a1 := o.as("a1")
	wrong := a1.form("/nouvelle-personne", "/nouvelle-personne", url.Values{"identifiant": {"Anne Martin"}, "nom": {"<b>"}, "bureau": {"nulle-part"}})
	for _, says := range []string{bureau.FaultID, bureau.FaultName, bureau.FaultRoles, bureau.FaultBureau, `value="&lt;b&gt;"`} {
		if wrong.status != 422 || !strings.Contains(wrong.text, says) {
			t.Errorf("%d, without %q", wrong.status, says)
		}
	}
	made := a1.form("/nouvelle-personne", "/nouvelle-personne", url.Values{"identifiant": {"adjoint"}, "nom": {"Adjoint au chef"}, "role": {"drafter", "clock"}, "bureau": {"comint1"},
		"delegation": {"oui"}, "rights": {"99"}, "password": {"x"}, "issuer": {"https://evil.example"}})
	secret := regexp.MustCompile(`<code class="secret">([^<]+)</code>`).FindStringSubmatch(made.text)
	if secret == nil {
		t.Fatalf("%d\n%s", made.status, made.text)
	}
	who, err := o.p.Person(t.Context(), "adjoint")
	if err != nil || who.Issuer != "" || !who.Given || len(who.Roles) != 1 || !who.Delegate || who.Bureau != "comint1" {
		t.Errorf("%+v, %v: a form sets what it shows and nothing else", who, err)
	}
	if again := a1.form("/nouvelle-personne", "/nouvelle-personne", url.Values{"identifiant": {"adjoint"}, "role": {"drafter"}}); again.status != 422 || !strings.Contains(again.text, bureau.FaultTaken) {
		t.Errorf("%d", again.status)
	}
	if list := a1.get("/personnes"); !strings.Contains(list.text, "Adjoint au chef") || !strings.Contains(list.text, "mot de passe à changer") {
		t.Errorf("%s", list.text)
	}
	o.firstDay("adjoint", secret[1])
	changed := a1.form("/personnes/adjoint", "/personnes/adjoint", url.Values{"role": {"drafter", "duty"}, "bureau": {""}, "nom": {"Adjointe"}})
	if who, err := o.p.Person(t.Context(), "adjoint"); err != nil || len(who.Roles) != 2 || who.Delegate || who.Name != "Adjointe" || changed.status != 200 {
		t.Errorf("%d %+v %v", changed.status, who, err)
	}
	if gone := a1.form("/personnes/adjoint/suppression", "/personnes/adjoint/suppression", nil); gone.place != "/personnes?dit=supprime" {
		t.Errorf("%s\n%s", gone.place, gone.text)
	}
	last := a1.form("/personnes/a1", "/personnes/a1", url.Values{"role": {"drafter"}})
	if last.status != 409 || !strings.Contains(last.text, bureau.FaultLast) {
		t.Errorf("%d\n%s", last.status, last.text)
	}
}

// firstDay is somebody who comes with a password that was given, and chooses
// another.
func (o *place) firstDay(id, given string) {
	o.t.Helper()
	p := o.stranger(id)
	if at := p.post("/connexion", url.Values{"identifiant": {id}, "mot-de-passe": {given}}); at.place != "/compte/mot-de-passe" {
		o.t.Fatalf("led to %s", at.place)
	}
	try := func(old, fresh, again string) view {
		return p.form("/compte/mot-de-passe", "/compte/mot-de-passe", url.Values{"actuel": {old}, "nouveau": {fresh}, "encore": {again}})
	}
	for _, c := range []struct{ old, fresh, again, says string }{
		{given, "onze lettre", "onze lettre", bureau.FaultShort}, {given, password, "autre chose", bureau.FaultTwice},
		{"faux", password, password, bureau.FaultOld}, {given, given, given, bureau.FaultSame},
	} {
		if at := try(c.old, c.fresh, c.again); at.status != 422 || !strings.Contains(at.text, c.says) {
			o.t.Errorf("%d without %q", at.status, c.says)
		}
	}
	if at := try(given, password, password); at.place != "/compte?dit=motdepasse" || at.status != http.StatusOK {
		o.t.Errorf("%d at %s\n%s", at.status, at.place, at.text)
	}
}

// TestMine keeps one's own sessions and keys.
func TestMine(t *testing.T) {
	t.Parallel()
	o := open(t)
	here, there := o.as("r1"), o.as("r1")
	if page := here.get("/compte"); strings.Count(page.text, "celle-ci") != 1 || strings.Count(page.text, ">Clore<") != 1 {
		t.Errorf("%s", page.text)
	}
	wrong := here.form("/compte", "/compte/cles", url.Values{"jours": {"0"}, "usage": {`"><script>`}})
	if wrong.status != 422 || !strings.Contains(wrong.text, bureau.FaultDays) || !strings.Contains(wrong.text, bureau.FaultScopes) || strings.Contains(wrong.text, "<script>") {
		t.Errorf("%d\n%s", wrong.status, wrong.text)
	}
	made := here.form("/compte", "/compte/cles", url.Values{"jours": {"30"}, "usage": {"supervision"}, "droit": {"read"}})
	key := regexp.MustCompile(`crieur_[\w-]{43}`).FindString(made.text)
	g, err := o.p.Authenticate(t.Context(), key)
	if err != nil || !g.Allows(publisher.ScopeRead) || g.Allows(publisher.ScopeDraft) {
		t.Errorf("%+v, %v", g, err)
	}
	page := here.get("/compte")
	if strings.Contains(page.text, key) || !strings.Contains(page.text, "supervision") {
		t.Errorf("%s", page.text)
	}
	no := regexp.MustCompile(`action="(/compte/cles/\w+/fin)"`).FindStringSubmatch(page.text)
	if at := here.form("/compte", no[1], nil); at.place != "/compte?dit=revoque" {
		t.Errorf("%s", at.place)
	}
	if _, err := o.p.Authenticate(t.Context(), key); err == nil {
		t.Error("a revoked key opens")
	}
	if at := here.form("/compte", "/compte/sessions/fin", nil); !strings.HasPrefix(at.place, "/connexion") {
		t.Errorf("%s", at.place)
	}
	if at := there.get("/"); !strings.HasPrefix(at.place, "/connexion") {
		t.Errorf("another session goes on at %s", at.place)
	}
}

// TestAbsence has a signatory name who signs meanwhile, and an administrator
// name who holds a vacant post.
func TestAbsence(t *testing.T) {
	t.Parallel()
	o := open(t)
	s1, a1 := o.as("s1"), o.as("a1")
	if err := o.p.ChangeAccount(t.Context(), publisher.Account{ID: "p1", Roles: []notice.Role{notice.DutyOfficer}, Bureau: "comint1", Delegate: true}); err != nil {
		t.Fatal(err)
	}
	if page := s1.get("/compte"); strings.Contains(page.text, `<option value="r1"`) || !strings.Contains(page.text, `<option value="p1"`) {
		t.Errorf("who may be delegated to:\n%s", page.text)
	}
	wrong := s1.form("/compte", "/compte/absence", url.Values{"personne": {"r1"}, "du": {"2023-08-01T09:00"}, "au": {"2023-08-03T09:00"}})
	if wrong.status != 422 || !strings.Contains(wrong.text, bureau.FaultDelegate) || !strings.Contains(wrong.text, `value="2023-08-03T09:00"`) {
		t.Errorf("%d\n%s", wrong.status, wrong.text)
	}
	for au, says := range map[string]string{"1er août 2023 8h": bureau.FaultOrder, "": bureau.FaultUntil, "31 février 9h": "février", "2024-08-01T08:00": bureau.FaultEternal} {
		if at := s1.form("/compte", "/compte/absence", url.Values{"personne": {"p1"}, "du": {"2023-08-01T09:00"}, "au": {au}}); at.status != 422 || !strings.Contains(at.text, says) {
			t.Errorf("%s: %d", au, at.status)
		}
	}
	if at := s1.form("/compte", "/compte/absence", url.Values{"personne": {"p1"}, "du": {"2023-08-01T09:00"}, "au": {"2023-08-03T09:00"}}); at.place != "/compte?dit=absence" || !strings.Contains(at.text, "en vigueur") {
		t.Errorf("%s\n%s", at.place, at.text)
	}
	p1 := o.as("p1")
	if page := p1.get("/compte"); !strings.Contains(page.text, "Vous signez par délégation de s1") || !strings.Contains(page.text, "permanence, signataire") {
		t.Errorf("%s", page.text)
	}
	if at := p1.post("/compte/absence", url.Values{"jeton": {p1.token()}, "personne": {"s2"}, "du": {"2023-08-01T09:00"}, "au": {"2023-08-03T09:00"}}); at.status != http.StatusForbidden {
		t.Errorf("a delegate delegates on: %d", at.status)
	}
	if at := a1.form("/personnes", "/interim", url.Values{"personne": {"p1"}, "bureau": {"comint1"}, "du": {"2023-09-01T09:00"}, "au": {"2023-09-30T18:00"}}); at.place != "/personnes?dit=interim" || !strings.Contains(at.text, "par intérim") {
		t.Errorf("%s\n%s", at.place, at.text)
	}
	no := regexp.MustCompile(`action="(/compte/absence/\w+/fin)"`).FindStringSubmatch(s1.get("/compte").text)
	if at := s1.form("/compte", no[1], nil); at.place != "/compte?dit=rapporte" {
		t.Errorf("%s", at.place)
	}
	if page := p1.get("/compte"); strings.Contains(page.text, "signataire)") {
		t.Errorf("still a signatory:\n%s", page.text)
	}
}

// stranger is a browser that nobody has signed in with.
func (o *place) stranger(id string) *person {
	o.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		o.t.Fatal(err)
	}
	return &person{o, id, &http.Client{Jar: jar}}
}
