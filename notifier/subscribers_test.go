package notifier

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/schemas/stream"
)

func subscribers(t *testing.T) Subscribers {
	t.Helper()
	return Subscribers{Keys: noticetest.Broker(t).Subscribers, Secret: []byte("of the house")}
}

// TestIDOf: an address exists once however it is written, says nothing, and is
// another one in another house.
func TestIDOf(t *testing.T) {
	t.Parallel()
	s := Subscribers{Secret: []byte("of the house")}
	for _, same := range [][2]string{
		{"Jean@B.example", " jean@b.EXAMPLE "},
		{"HTTPS://Hooks.example/A?b=C", "https://hooks.example/A?b=C"},
	} {
		if s.IDOf(same[0]) != s.IDOf(same[1]) {
			t.Errorf("%q and %q are two", same[0], same[1])
		}
	}
	for _, other := range [][2]string{{"a@b.example", "a@c.example"}, {"https://hooks.example/A", "https://hooks.example/a"}} {
		if s.IDOf(other[0]) == s.IDOf(other[1]) {
			t.Errorf("%q and %q are one", other[0], other[1])
		}
	}
	if id := s.IDOf("a@b.example"); len(id) != 32 || id == (Subscribers{Secret: []byte("other")}).IDOf("a@b.example") {
		t.Errorf("id %s", id)
	}
}

// TestAdd: adding again replaces what was asked for, keeps since when, and
// tries a dead address again; removing erases.
func TestAdd(t *testing.T) {
	t.Parallel()
	s := subscribers(t)
	ctx := t.Context()
	first, err := s.Add(ctx, Subscriber{Channel: "mail", Address: " a@b.example ", Since: start, Services: []string{"ecs"}})
	if err != nil || first.ID != s.IDOf("a@b.example") || first.Address != "a@b.example" {
		t.Fatalf("%+v, %v", first, err)
	}
	if err := s.Bounced(ctx, first.ID, "550", true, start); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(ctx, first.ID); err != nil || got.Suppressed.Code != "550" || got.Services[0] != "ecs" {
		t.Errorf("suppressed it is %+v, %v", got, err)
	}
	again, err := s.Add(ctx, Subscriber{Channel: "mail", Address: "A@b.example", Since: start.Add(time.Hour)})
	if err != nil || again.ID != first.ID || !again.Since.Equal(start) || !again.Suppressed.At.IsZero() || again.Services != nil {
		t.Errorf("added again it is %+v, %v", again, err)
	}
	if n, err := s.Count(ctx); n != 1 || err != nil {
		t.Errorf("%d subscribers, %v", n, err)
	}
	for range 2 {
		if err := s.Remove(ctx, first.ID); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Get(ctx, first.ID); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("removed it is %v", err)
	}
	if err := s.Bounced(ctx, first.ID, "550", true, start); err != nil {
		t.Error(err)
	}
	if n, _ := s.Count(ctx); n != 0 {
		t.Error("a suppression has brought somebody back")
	}
	for _, bad := range []Subscriber{{Channel: "mail", Address: " "}, {Address: "a@b.example"}} {
		if _, err := s.Add(ctx, bad); !errors.Is(err, notice.ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if text := fmt.Sprint(slog.AnyValue(again).Resolve()); strings.Contains(text, "@") {
		t.Errorf("logged it is %s", text)
	}
}

// TestAddAtOnce: two who add the same address do not lose either's write.
func TestAddAtOnce(t *testing.T) {
	t.Parallel()
	s := subscribers(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if _, err := s.Add(t.Context(), Subscriber{Channel: "mail", Address: "a@b.example", Since: start.Add(time.Duration(i))}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n, err := s.Count(t.Context()); n != 1 || err != nil {
		t.Errorf("%d subscribers, %v", n, err)
	}
}

// TestWalk: the spans of any cut cover everybody once.
// TestReadSubscriber: what is stored is read as it was written, all of it.
func TestReadSubscriber(t *testing.T) {
	t.Parallel()
	at := time.Date(2023, 8, 8, 9, 0, 0, 5, time.UTC)
	full := Subscriber{
		ID: "0123456789abcdef0123456789abcdef", Channel: "email", Address: "\"é <&>\"@b.example", Lang: "en", Zone: "Europe/London",
		Services: []string{"delta-t"}, Modes: []string{"dti"}, Wants: []Want{WantStaff}, Environments: []string{"production"}, Bureau: "comint1",
		Daily: []Want{WantNotices}, Since: at, Suppressed: Suppression{At: at, Code: "550 5.1.1", Until: at}, Consent: "a list", Secret: "whsec_x",
		Bounces: Row{Count: 2, Late: true, Taken: at},
	}
	for i, v := 0, reflect.ValueOf(full); i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("%s is not tried", v.Type().Field(i).Name)
		}
	}
	for _, want := range []Subscriber{full, {ID: full.ID, Channel: "email", Address: "a@b.example", Since: at}} {
		value, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := readSubscriber(stream.Pair{Value: value}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
}

func TestWalk(t *testing.T) {
	t.Parallel()
	s := subscribers(t)
	var want []string
	for i := range 100 {
		sub, err := s.Add(t.Context(), Subscriber{Channel: "mail", Address: fmt.Sprintf("a%d@b.example", i)})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, sub.ID)
	}
	slices.Sort(want)
	for _, n := range []int{1, 2, 7, Shards} {
		var got []string
		for _, span := range split(n) {
			err := s.Walk(t.Context(), span, func(sub Subscriber) error {
				if shard := shardOf(sub.ID); shard < span.First || shard > span.Last {
					t.Errorf("%s in span %s", sub.ID, span)
				}
				got = append(got, sub.ID)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%d spans hold %d subscribers, want %d", n, len(got), len(want))
		}
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	for subscribers, want := range map[uint64]int{0: 1, 1: 1, spanSize: 1, spanSize + 1: 2, 200_000: 13, 1_000_000: mostSpans, 100_000_000: mostSpans} {
		if got := spansFor(subscribers); got != want {
			t.Errorf("%d subscribers make %d spans, want %d", subscribers, got, want)
		}
	}
	for n := range Shards + 1 {
		next := 0
		for _, s := range split(n) {
			back, err := parseSpan(s.String())
			if s.First != next || s.Last < s.First || back != s || err != nil {
				t.Fatalf("of %d spans one is %s, read back as %s, %v", n, s, back, err)
			}
			next = s.Last + 1
		}
		if n > 0 && next != Shards {
			t.Errorf("%d spans end at %d", n, next)
		}
	}
	for _, bad := range []string{"", "plan", "0-255", "000-256", "005-004", "000-255 "} {
		if s, err := parseSpan(bad); err == nil {
			t.Errorf("%q is read as %s", bad, s)
		}
	}
}

func TestStaffOf(t *testing.T) {
	t.Parallel()
	staff := StaffOf(notice.Bureaus{"comint1": {Mailbox: "bureau@b.example"}, "comint2": {}}, "mail")
	if len(staff) != 1 || staff[0].Bureau != "comint1" || staff[0].Channel != "mail" || !slices.Equal(staff[0].Wants, []Want{WantStaff}) {
		t.Errorf("%+v", staff)
	}
}
