package desk

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/noticetest"
)

var update = flag.Bool("update", false, "write the description of the API anew from its routes and types")

// A callDoc says what a call takes and gives.
type callDoc struct {
	says   string
	body   any // nil: none
	answer any // nil: empty
	query  []query
	marks  marks
}

// A query is one parameter behind the question mark.
type query struct{ name, says string }

// marks are what calls have in common.
type marks int

const (
	written  marks = 1 << iota // a write that is done once: Idempotency-Key
	resting                    // it rests on a text that somebody read: If-Match
	text                       // the body is the text of a notice, YAML or JSON
	listed                     // the answer is a line a value, application/x-ndjson
	created                    // the answer is 201
	troubled                   // the answer is the same with 503, where something is wrong
)

// actBody stands for the fields of an act: each has its own schema, in schemas/events.
type actBody struct{}

// calls is the whole API.
var calls = map[string]callDoc{
	"GET /api/openapi.json":              {says: "This description.", answer: json.RawMessage{}},
	"GET /api/me":                        {says: "The account of the token, and the scopes that it is narrowed to.", answer: publisher.Grant{}},
	"GET /api/health":                    {says: "What is wrong with the bureau's side. 503 where something is.", answer: []publisher.Alarm{}, marks: troubled},
	"POST /api/check":                    {says: "What a text says, and all that is wrong with it.", body: "", answer: Checked{}, marks: text},
	"GET /api/notices":                   {says: "The notices, without their long part.", answer: []Notice{}, query: []query{{"status", "only those whose paper stands there"}, {"phase", "only those in this phase"}, {"review", "only those that a second person has to look at"}}},
	"POST /api/notices":                  {says: "Begins a notice.", body: "", answer: Notice{}, marks: written | text | created},
	"GET /api/notices/{id}":              {says: "All that there is to tell of a notice. Its ETag is what an edit or a signature rests on.", answer: Notice{}},
	"PUT /api/notices/{id}/draft":        {says: "Replaces the text in hand, or begins an amendment.", body: "", answer: Notice{}, query: []query{{"as", "corrected or changed, for a published notice"}, {"reason", "why it corrects or changes: readers see it"}}, marks: written | resting | text},
	"POST /api/notices/{id}/submit":      {says: "Asks for a signature, with a word to whoever signs.", body: Reason{}, answer: Notice{}, marks: written},
	"POST /api/notices/{id}/return":      {says: "Gives a submitted text back, or takes an approval back whose moment has not come.", body: Return{}, answer: Notice{}, marks: written},
	"POST /api/notices/{id}/approve":     {says: "Signs, for now or for a moment to come.", body: Approve{}, answer: Notice{}, marks: written | resting},
	"POST /api/notices/{id}/withdraw":    {says: "Gives up what is in hand.", body: Reason{}, answer: Notice{}, marks: written},
	"POST /api/notices/{id}/review":      {says: "A second signatory has looked at an emergency publication.", body: Reason{}, answer: Notice{}, marks: written},
	"POST /api/notices/{id}/acts/{type}": {says: "Does something to a published notice. The body is the act's fields: see the schema of its event.", body: actBody{}, answer: notice.Event{}, marks: written},
	"POST /api/notices/{id}/held/{type}": {says: "Does the same in a moment, unless it is retracted until then.", body: actBody{}, answer: Held{}, query: []query{{"for", "after how long, up to a minute; ten seconds if absent"}}, marks: written},
	"POST /api/notices/{id}/retract":     {says: "Takes back an act that has not left.", body: Retract{}, answer: Notice{}, marks: written},
	"GET /api/notices/{id}/deliveries":   {says: "How far the public has been told of a notice's events.", answer: []Delivery{}},
	"GET /api/numbers/void":              {says: "Numbers that were taken and that no publication will carry.", answer: []publisher.Void{}},
	"GET /api/ledger/{name}":             {says: "What the ledger says in sum of an event, or of a notice's events.", answer: []Told{}},
	"GET /api/ledger/{event}/attempts":   {says: "The account of an event, then a line an attempt.", answer: Attempt{}, query: []query{{"only", "last, or amiss: only who has not been told"}, {"addresses", "with their addresses, for who may see them"}}, marks: listed},
	"POST /api/ledger/history":           {says: "Everything that an address was told.", body: Subscription{}, answer: []Attempt{}},
	"GET /api/subscribers":               {says: "How many there are.", answer: Count{}},
	"POST /api/subscribers":              {says: "Makes somebody a subscriber, or replaces what they asked for.", body: Subscription{}, answer: Subscriber{}},
	"POST /api/subscribers/remove":       {says: "Erases somebody. The address is in the body: a URL would be logged on its way.", body: Subscription{}, answer: Erased{}},
	"POST /api/subscribers/lift":         {says: "Ends a suppression.", body: Lift{}},
	"POST /api/subscribers/import":       {says: fmt.Sprintf("Takes some lines of a list, at most %d in a call.", MostRows), body: Import{}, answer: Imported{}},
	"GET /api/subscribers/export":        {says: "Every subscriber, a line each.", answer: Listed{}, marks: listed},
	"GET /api/subscribers/suppressed":    {says: "Every subscriber to whom nothing is sent, by id alone, a line each.", answer: Listed{}, marks: listed},
	"GET /api/dead":                      {says: "What was given up of telling the public, and nobody has revived.", answer: []DeadJob{}},
	"POST /api/dead/revive":              {says: "Does again what was given up: who was told stays told.", body: Revival{}},
	"GET /api/accounts":                  {says: "The accounts.", answer: []publisher.Account{}},
	"POST /api/accounts":                 {says: "Makes an account.", body: publisher.Account{}, answer: publisher.Account{}},
	"PUT /api/accounts/{id}":             {says: "Gives an account other rights, at once.", body: publisher.Account{}, answer: publisher.Account{}},
	"DELETE /api/accounts/{id}":          {says: "Takes an account away with its tokens and sessions."},
	"POST /api/accounts/{id}/password":   {says: "Gives an account a password for the desk's pages. It is seen this once, and is to be changed at its first use.", answer: Password{}},
	"GET /api/accounts/{id}/tokens":      {says: "The tokens of an account, without their secrets.", answer: []publisher.Token{}},
	"POST /api/accounts/{id}/tokens":     {says: "Makes a token. It is seen this once.", body: NewToken{}, answer: Token{}},
	"DELETE /api/accounts/{id}/tokens":   {says: "Makes all tokens of an account worthless."},

	"DELETE /api/accounts/{id}/tokens/{no}": {says: "Makes one token of an account worthless."},
}

// qualified names a type as its package and itself: "publisher.Account".
func qualified(t reflect.Type) string { return t.String() }

// describeAPI is the OpenAPI 3.1 description of the API, from its calls and their types.
func describeAPI(t testing.TB) map[string]any {
	comments := noticetest.Comments(t, ".", "desk.")
	maps.Copy(comments, noticetest.Comments(t, "..", "publisher."))
	maps.Copy(comments, noticetest.Comments(t, "../../schemas/notice", "notice."))
	d := noticetest.Describer{Comments: comments, Defs: map[string]any{}, At: "#/components/schemas/", Name: qualified}
	d.Defs["desk.actBody"] = map[string]any{"type": "object", "description": "The fields of the act, as its event's schema gives them."}
	paths := map[string]map[string]any{}
	for pattern, c := range calls {
		method, path, _ := strings.Cut(pattern, " ")
		if paths[path] == nil {
			paths[path] = map[string]any{}
		}
		paths[path][strings.ToLower(method)] = c.operation(d, path)
	}
	d.Of(reflect.TypeFor[Problem]())
	return map[string]any{
		"openapi": "3.1.1",
		"info": map[string]any{"title": "crieur: the desk", "version": "0", "description": "What the bureau's programs ask of the desk. " +
			"Every error is a problem document (RFC 9457) that says what to do."},
		"security": []any{map[string]any{"token": []any{}}},
		"paths":    paths,
		"components": map[string]any{"schemas": d.Defs,
			"securitySchemes": map[string]any{"token": map[string]any{"type": "http", "scheme": "bearer"}}},
	}
}

var parameter = regexp.MustCompile(`{(\w+)}`)

// operation describes one call.
func (c callDoc) operation(d noticetest.Describer, path string) map[string]any {
	parameters := []any{}
	add := func(name, in, says string, required bool) {
		parameters = append(parameters, map[string]any{"name": name, "in": in, "required": required, "description": says, "schema": map[string]any{"type": "string"}})
	}
	for _, m := range parameter.FindAllStringSubmatch(path, -1) {
		add(m[1], "path", map[string]string{"id": "the id, the outage id or the reference", "name": "an event's id, or a notice by any of its names",
			"event": "an event's id", "type": "the type of the act", "no": "the token's id"}[m[1]], true)
	}
	for _, q := range c.query {
		add(q.name, "query", q.says, false)
	}
	if c.marks&written != 0 {
		add("Idempotency-Key", "header", "a UUID; the same one when the request is repeated: it is done once", true)
	}
	if c.marks&(written|resting) == written|resting {
		add("If-Match", "header", "the ETag that came with the notice", true)
	}
	problem := map[string]any{"description": "What is wrong, and how to mend it.",
		"content": map[string]any{"application/problem+json": map[string]any{"schema": d.Of(reflect.TypeFor[Problem]())}}}
	responses := map[string]any{c.status(): c.response(d), "default": problem}
	if c.marks&troubled != 0 {
		responses["503"] = c.response(d)
	}
	op := map[string]any{"summary": c.says, "responses": responses}
	if len(parameters) > 0 {
		op["parameters"] = parameters
	}
	if c.body != nil {
		content := map[string]any{}
		for _, media := range []string{"application/json", "application/yaml"} {
			schema := map[string]any{"type": "string"}
			if c.marks&text == 0 {
				schema = d.Of(reflect.TypeOf(c.body))
			} else if media == "application/json" {
				schema = map[string]any{"$ref": notice.SchemaBase + "notice.schema.json"}
			}
			content[media] = map[string]any{"schema": schema}
		}
		op["requestBody"] = map[string]any{"content": content}
	}
	return op
}

func (c callDoc) status() string {
	switch {
	case c.marks&created != 0:
		return "201"
	case c.answer == nil:
		return "204"
	}
	return "200"
}

func (c callDoc) response(d noticetest.Describer) map[string]any {
	r := map[string]any{"description": "Done."}
	if c.answer != nil {
		media := "application/json"
		if c.marks&listed != 0 {
			media = linesType
		}
		r["content"] = map[string]any{media: map[string]any{"schema": d.Of(reflect.TypeOf(c.answer))}}
	}
	return r
}

// TestOpenAPI keeps the description, the routes and the types equal.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	routes := (&Desk{}).routes()
	maps.Copy(routes, (&Desk{}).longRoutes())
	for pattern := range routes {
		if _, ok := calls[pattern]; !ok {
			t.Errorf("%s is not described", pattern)
		}
	}
	for pattern := range calls {
		if routes[pattern] == nil {
			t.Errorf("%s is described and is no route", pattern)
		}
	}
	want, err := json.MarshalIndent(describeAPI(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile("openapi.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(openAPI, want) {
		t.Error("openapi.json is not what routes and types say: read the difference after go test ./publisher/desk -update")
	}
}

// An answerCheck is a desk whose every answer is compared with the description.
type answerCheck struct {
	t        testing.TB
	desk     http.Handler
	document *jsonschema.Compiler
}

func checked(t testing.TB, desk http.Handler) http.Handler {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(openAPI))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("mem:openapi.json", document); err != nil {
		t.Fatal(err)
	}
	return &answerCheck{t, desk, c}
}

func (c *answerCheck) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	pattern := callOf(r)
	if calls[pattern].marks&listed != 0 {
		c.desk.ServeHTTP(w, r) // line by line, as it comes
		return
	}
	kept := httptest.NewRecorder()
	c.desk.ServeHTTP(kept, r)
	maps.Copy(w.Header(), kept.Header())
	w.WriteHeader(kept.Code)
	_, _ = w.Write(kept.Body.Bytes()) // who left is nobody's fault
	c.compare(pattern, kept)
}

// callOf is the pattern of a request's call; "" where there is none.
func callOf(r *http.Request) string {
	for _, pattern := range slices.Sorted(maps.Keys(calls)) { // "/api/subscribers/export" before "/api/subscribers/{id}"
		method, path, _ := strings.Cut(pattern, " ")
		if method == r.Method && regexp.MustCompile("^"+parameter.ReplaceAllString(path, `[^/]+`)+"$").MatchString(r.URL.EscapedPath()) {
			return pattern
		}
	}
	return ""
}

// compare wants the answer of a call to be as described.
func (c *answerCheck) compare(pattern string, kept *httptest.ResponseRecorder) {
	call := calls[pattern]
	at := "#/components/schemas/desk.Problem"
	if kept.Code < 300 || kept.Code == http.StatusServiceUnavailable && call.marks&troubled != 0 {
		if kept.Code < 300 && fmt.Sprint(kept.Code) != call.status() {
			c.t.Errorf("%s: %d, described is %s", pattern, kept.Code, call.status())
		}
		if call.answer == nil {
			return
		}
		method, path, _ := strings.Cut(pattern, " ")
		step := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(path)
		at = "#/paths/" + step + "/" + strings.ToLower(method) + "/responses/" + call.status() + "/content/application~1json/schema"
	}
	schema, err := c.document.Compile("mem:openapi.json" + at)
	if err != nil {
		c.t.Errorf("%s: %v", pattern, err)
		return
	}
	answer, err := jsonschema.UnmarshalJSON(bytes.NewReader(kept.Body.Bytes()))
	if err == nil {
		err = schema.Validate(answer)
	}
	if err != nil {
		c.t.Errorf("%s answers %d what is not described: %v\n%s", pattern, kept.Code, err, kept.Body)
	}
}

// TestOpenAPIIsServed asks the desk what it can do.
func TestOpenAPIIsServed(t *testing.T) {
	t.Parallel()
	b := open(t)
	status, body := b.raw(b.root.Token, "GET /api/openapi.json", "")
	var want bytes.Buffer
	if err := json.Compact(&want, openAPI); err != nil {
		t.Fatal(err)
	}
	if status != http.StatusOK || strings.TrimSpace(body) != want.String() {
		t.Errorf("%d: %.80s", status, body)
	}
	var doc struct{ Paths map[string]any }
	if err := json.Unmarshal(openAPI, &doc); err != nil || !slices.Contains(slices.Collect(maps.Keys(doc.Paths)), "/api/notices") {
		t.Errorf("%v: %v", doc.Paths, err)
	}
}
