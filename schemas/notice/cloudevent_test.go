package notice_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestEventJSON writes and reads every act.
func TestEventJSON(t *testing.T) {
	t.Parallel()
	for name, act := range acts(t) {
		e := notice.Event{ID: "0189c0de-0000-7000-8000-000000000000", Notice: "n1", Number: 3, Version: 2,
			Time: time.Date(2023, 8, 8, 12, 30, 0, 123000000, time.UTC), By: notice.DutyOfficer, Command: "c1", Act: act}
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var back notice.Event
		if err := json.Unmarshal(text, &back); err != nil {
			t.Errorf("%s: %v in %s", name, err, text)
			continue
		}
		again, err := json.Marshal(back)
		if err != nil || string(again) != string(text) {
			t.Errorf("%s is written %s, then %s (%v)", name, text, again, err)
		}
		if back.Act.Type() != act.Type() || back.Number != 3 || back.By != notice.DutyOfficer || !back.Time.Equal(e.Time) || reflect.TypeOf(back.Act) != reflect.TypeOf(act) {
			t.Errorf("%s is read as %+v", name, back)
		}
		var env map[string]any
		if err := json.Unmarshal(text, &env); err != nil {
			t.Fatal(err)
		}
		for field, want := range map[string]string{
			"specversion": "1.0", "source": notice.EventSource, "subject": "n1", "datacontenttype": "application/json",
			"type": "fr.gouv.douane.crieur." + name + ".v0", "dataschema": notice.SchemaBase + name + ".schema.json", "time": "2023-08-08T12:30:00.123Z",
		} {
			if env[field] != want {
				t.Errorf("%s: %s is %v, want %s", name, field, env[field], want)
			}
		}
	}
}

// TestEventFromElsewhere: what a later version adds is passed over; what is not
// ours, or of a version that we do not read, is refused.
func TestEventFromElsewhere(t *testing.T) {
	t.Parallel()
	const ours = `{"specversion":"1.0","id":"e1","type":"TYPE","subject":"n1","time":"2023-08-08T12:30:00Z","noticenumber":2,"colour":"blue","data":{"text":"x","mood":{"good":true}}}`
	var e notice.Event
	if err := json.Unmarshal([]byte(strings.Replace(ours, "TYPE", "fr.gouv.douane.crieur.progressed.v0", 1)), &e); err != nil || e.Act != (notice.Progressed{Text: "x"}) {
		t.Errorf("with fields of a later version: %+v, %v", e, err)
	}
	for name, text := range map[string]string{
		"an act that is not known":    strings.Replace(ours, "TYPE", "fr.gouv.douane.crieur.forgotten.v0", 1),
		"an alert":                    strings.Replace(ours, "TYPE", "fr.gouv.douane.crieur.alert.v0", 1),
		"another version":             strings.Replace(ours, "TYPE", "fr.gouv.douane.crieur.progressed.v1", 1),
		"no version":                  strings.Replace(ours, "TYPE", "fr.gouv.douane.crieur.progressed", 1),
		"somebody else's":             strings.Replace(ours, "TYPE", "progressed", 1),
		"another CloudEvents version": strings.NewReplacer("TYPE", "fr.gouv.douane.crieur.progressed.v0", `"1.0"`, `"0.3"`).Replace(ours),
	} {
		if err := json.Unmarshal([]byte(text), &e); !errors.Is(err, notice.ErrInvalid) || !strings.Contains(err.Error(), "e1") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"no JSON":         `{`,
		"no data":         `{"specversion":"1.0","id":"e1","type":"fr.gouv.douane.crieur.progressed.v0"}`,
		"data of another": strings.NewReplacer("TYPE", "fr.gouv.douane.crieur.progressed.v0", `{"text":"x"`, `{"text":[]`).Replace(ours),
	} {
		if err := json.Unmarshal([]byte(text), &e); err == nil {
			t.Errorf("%s is read as %+v", name, e)
		}
	}
}

func TestAlertMessage(t *testing.T) {
	t.Parallel()
	l := seedLife(t).at("14:30").end(notice.ClosesLater)
	a := notice.AlertFor([]notice.State{l.state}, notice.Alert{Environment: "production", Service: "ecs", Mode: "dti-plus", Source: 7}, l.now)
	text, err := notice.AlertMessage(a)
	if err != nil {
		t.Fatal(err)
	}
	back, err := notice.ReadAlert(text)
	if err != nil || back.Key() != "production.ecs.dti-plus" || back.Source != 7 || len(back.Spans) != 1 || !back.Updated.Equal(l.now) {
		t.Fatalf("read: %+v, %v", back, err)
	}
	// Whoever has the message and a clock knows all that the outlook knows.
	for _, clock := range []string{"08:00", "09:00", "14:29", "14:30", "18:00"} {
		at := instant(t, clock).Time
		if got, want := says(notice.ModeAt(back.Spans, at)), says(l.mode(clock, "ecs", "dti-plus")); got != want {
			t.Errorf("at %s the message says %q and the outlook %q", clock, got, want)
		}
	}
	again, err := notice.AlertMessage(back)
	if err != nil || string(again) != string(text) {
		t.Errorf("written again: %s (%v)", again, err)
	}
	if !strings.Contains(string(text), `"id":"production.ecs.dti-plus.7"`) {
		t.Errorf("its id is not in %s", text)
	}
	event, err := json.Marshal(l.state.Events[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"an event": string(event), "no JSON": "{", "nothing": "{}"} {
		if a, err := notice.ReadAlert([]byte(text)); err == nil {
			t.Errorf("%s is read as the alert %+v", name, a)
		}
	}
}

func TestDecodeAct(t *testing.T) {
	t.Parallel()
	act, err := notice.DecodeAct(notice.TypeExtended, []byte(`{"until":"2023-08-08T19:00"}`))
	if e, ok := act.(notice.Extended); err != nil || !ok || !e.Until.Equal(instant(t, "19:00").Time) {
		t.Errorf("extended: %+v, %v", act, err)
	}
	if _, err := notice.DecodeAct("extend", nil); !errors.Is(err, notice.ErrInvalid) || !strings.Contains(err.Error(), `did you mean "extended"?`) {
		t.Errorf("extend: %v", err)
	}
	if _, err := notice.DecodeAct(notice.TypeEnded, []byte(`{"fallback":{"closes":"soon"}}`)); !errors.Is(err, notice.ErrInvalid) {
		t.Errorf("an end whose fallback closes soon: %v", err)
	}
}
