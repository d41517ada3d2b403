package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/cmd/internal/mailbox"
	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// storySteps are the story's acts, each with the time of the house's clock at
// which somebody does it, and the command under which it is done once.
var storySteps = []struct {
	name, clock string
	do          func(*killed, context.Context) error
	event       notice.Type // what must be on the record afterwards
}{
	{"draft", "2023-08-01T14:00", (*killed).draft, ""},
	{"submit", "2023-08-01T14:20", (*killed).submit, ""},
	{"approve", "2023-08-01T15:00", (*killed).approve, notice.TypePublished},
	{"start", "2023-08-08T09:00", func(*killed, context.Context) error { return nil }, notice.TypeStarted},
	{"end", "2023-08-08T14:30", (*killed).end, notice.TypeEnded},
}

// A killed is a service that is killed and restarted, and those who go on
// with it.
type killed struct {
	*service
	who      people
	commands map[string]string // by step: the same when a step is repeated
	id       string
	kills    int
}

func (k *killed) draft(ctx context.Context) error {
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		return err
	}
	k.id = k.commands["draft"] // a notice has the id of the command that began it
	_, err = k.as(k.who.drafter).Create(ctx, k.id, string(text))
	return err
}

func (k *killed) submit(ctx context.Context) error {
	_, err := k.as(k.who.drafter).Submit(ctx, desk.Ref{Notice: k.id, Command: k.commands["submit"]})
	return err
}

func (k *killed) approve(ctx context.Context) error {
	_, err := k.as(k.who.signatory).Approve(ctx, desk.Ref{Notice: k.id, Seen: 2, Command: k.commands["approve"]}, desk.Approve{})
	return err
}

func (k *killed) end(ctx context.Context) error {
	_, err := k.as(k.who.duty).Act(ctx, desk.Ref{Notice: k.id, Command: k.commands["end"]}, notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	return err
}

// TestKilledAtEveryStep kills the service at every step of the story: while it
// works on the step, and just after its answer. Whoever got no answer repeats
// the command. Nothing may be lost, and nobody hears anything twice but by a
// mail with the same Message-ID that was on its way at the kill.
func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	for i, step := range storySteps {
		for _, after := range []time.Duration{time.Millisecond, 8 * time.Millisecond, answered} {
			t.Run(fmt.Sprint(step.name, " ", after), func(t *testing.T) {
				t.Parallel()
				playKilled(t, i, after)
			})
		}
	}
}

// answered stands for the moment at which the step's answer is there.
const answered = time.Hour

func playKilled(t *testing.T, at int, after time.Duration) {
	k := &killed{commands: map[string]string{}}
	for _, step := range storySteps {
		k.commands[step.name] = stream.NewID()
	}
	dir := t.TempDir()
	k.service = serve(t, dir, storySteps[0].clock)
	k.who = k.people()
	for _, s := range storySubscribers(t) {
		if _, err := k.administrator().Subscribe(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	for i, step := range storySteps {
		if step.event != "" {
			k.restart(dir, step.clock)
		}
		if i != at {
			k.must(step.do(k, t.Context()))
		} else {
			k.killDuring(step.clock, step.do, after)
		}
		if step.event != "" {
			k.waitFor(step.event)
		}
	}
	k.check()
}

// killDuring does a step during which the service is killed, restarts it, and
// repeats the step as whoever got no answer does.
func (k *killed) killDuring(clock string, do func(*killed, context.Context) error, after time.Duration) {
	k.t.Helper()
	ctx, stop := context.WithCancel(k.t.Context())
	done := make(chan error, 1)
	go func() { done <- do(k, ctx) }()
	select {
	case err := <-done:
		k.must(err)
		done <- nil
	case <-time.After(after):
	}
	k.kill()
	stop()
	<-done // whatever it heard
	k.kills++
	k.service = serve(k.t, k.dir, clock)
	k.must(do(k, k.t.Context()))
}

// restart ends the service in good order and starts it at another time.
func (k *killed) restart(dir, clock string) {
	k.t.Helper()
	if status := k.stop(); status != 0 {
		k.t.Fatalf("the service ended with status %d", status)
	}
	k.service = serve(k.t, dir, clock)
}

func (k *killed) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

// waitFor waits until an act is on the record and everybody has been told.
func (k *killed) waitFor(act notice.Type) {
	k.t.Helper()
	k.until(fmt.Sprintf("%s is told", act), func() bool {
		n, err := k.as(k.who.drafter).Notice(k.t.Context(), k.id)
		if err != nil {
			return false
		}
		i := slices.IndexFunc(n.Events, func(e notice.Event) bool { return e.Act.Type() == act })
		if i < 0 {
			return false
		}
		told, err := k.as(k.who.drafter).Deliveries(k.t.Context(), k.id)
		return err == nil && slices.ContainsFunc(told, func(d desk.Delivery) bool { return d.Event == n.Events[i].ID && d.Done })
	})
}

// check looks at the record and at every mailbox.
func (k *killed) check() {
	k.t.Helper()
	n, err := k.as(k.who.drafter).Notice(k.t.Context(), k.id)
	k.must(err)
	var acts []string
	for _, e := range n.Events {
		acts = append(acts, string(e.Act.Type()))
	}
	if got := strings.Join(acts, " "); got != "published started ended" {
		k.t.Errorf("the record says: %s", got)
	}
	if n.Broken != 0 {
		k.t.Errorf("the private record is not whole from entry %d on", n.Broken)
	}
	k.kill()
	told := map[string]int{}
	mails, twice := 0, 0
	box := mailbox.Mailbox{Dir: filepath.Join(k.dir, "mailbox")}
	_, err = box.Listen("")
	k.must(err)
	defer box.Close()
	for _, m := range box.Messages() {
		mails++
		for _, to := range m.To {
			told[to+" "+m.MessageID]++
			if told[to+" "+m.MessageID] > 1 {
				twice++
			}
		}
	}
	byAddress := map[string]int{}
	for key := range maps.Keys(told) {
		address, _, _ := strings.Cut(key, " ")
		byAddress[address]++
	}
	want := map[string]int{"dedouanement@transitaire.example": 3, "edi@editeur.example": 3, "astreinte@chargeur.example": 2}
	// The bureau is told that the text is to be signed, unless it was before.
	const bureau = "dg-comint1@douane.finances.gouv.fr"
	if n := byAddress[bureau]; n > 1 {
		k.t.Errorf("the bureau was told %d times of one submission", n)
	}
	delete(byAddress, bureau)
	if !maps.Equal(byAddress, want) {
		k.t.Errorf("messages by address: %v, want %v", byAddress, want)
	}
	if most := k.kills * 2 * 8; twice > most { // two workers, eight connections each
		k.t.Errorf("%d of %d mails came twice after %d kills; %d may have been on their way", twice, mails, k.kills, most)
	}
}

// storySubscribers are those of the example story.
func storySubscribers(t testing.TB) []desk.Subscription {
	t.Helper()
	story, err := house.ReadStory(seedStory)
	if err != nil || len(story.Subscribers) != 4 {
		t.Fatalf("%d subscribers: %v", len(story.Subscribers), err)
	}
	return story.Subscribers
}
