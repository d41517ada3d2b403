package push

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

// TestContractOfAlerts: programs that are not ours read what is on ALERTS.
func TestContractOfAlerts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run(h.alerts().Run)
	h.append(start, "n1", h.seed())
	h.append(start, "n1", notice.Extended{Until: notice.At(start.Add(10 * time.Hour))})
	h.append(start.Add(time.Hour), "n1", endNow(start.Add(time.Hour)))
	h.settle()
	schema := alertSchema(t)
	ids := map[string]bool{}
	for _, key := range h.keys() {
		r, err := h.store.Alerts.Latest(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		var e cloudevents.Event
		if err := json.Unmarshal(r.Data, &e); err != nil {
			t.Fatal(err)
		}
		if err := e.Validate(); err != nil {
			t.Error(err)
		}
		if e.ID() != r.ID || e.Subject() != key || !strings.HasSuffix(e.Type(), ".alert.v0") || ids[e.ID()] {
			t.Errorf("under %s with id %s: %s, a %s", key, r.ID, e.ID(), e.Type())
		}
		ids[e.ID()] = true
		data, err := jsonschema.UnmarshalJSON(bytes.NewReader(e.Data()))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(data); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	if len(ids) != seedKeys {
		t.Errorf("%d alerts were looked at", len(ids))
	}
}

func alertSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := schemas.Files.ReadFile("events/alert.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("alert.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("alert.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
