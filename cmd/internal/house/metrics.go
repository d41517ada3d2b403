package house

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/stream"
)

// scrapePatience is how long the broker has for its part of the figures.
const scrapePatience = 5 * time.Second

// metrics answers with figures of this process, and with those of the house
// that every process sees alike. No label names a person, a notice or an event.
func (h *House) metrics(w http.ResponseWriter, r *http.Request) {
	ctx, stop := context.WithTimeout(r.Context(), scrapePatience)
	defer stop()
	x := &exposition{}
	h.ofProcess(x)
	h.ofWork(x, h.Notifier.Meter.Read())
	h.ofHouse(ctx, x)
	w.Header().Set("Content-Type", expositionType)
	_, _ = w.Write(x.Bytes()) // the caller has left
}

// ofProcess are the program and what it takes.
func (h *House) ofProcess(x *exposition) {
	version, revision := "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = cmp.Or(info.Main.Version, version)
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	x.family("crieur_build_info", gauge, "The program, by its labels.")
	x.sample("crieur_build_info", 1, "version", version, "revision", revision, "go", runtime.Version())
	x.single("crieur_start_time_seconds", gauge, "When this process began, in Unix time.", float64(h.began.Unix()))
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	x.single("crieur_memory_bytes", gauge, "What this process has from the system.", float64(mem.Sys))
	x.single("crieur_goroutines", gauge, "Goroutines of this process.", float64(runtime.NumGoroutine()))
	x.single("crieur_live_listeners", gauge, "Who listens to the live stream of this process.", float64(h.Live.Listening()))
}

// ofWork are the counters of this process.
func (h *House) ofWork(x *exposition, r notifier.Reading) {
	slices.SortFunc(r.Channels, func(a, b notifier.ChannelReading) int { return cmp.Compare(a.Channel, b.Channel) })
	slices.SortFunc(r.Lanes, func(a, b notifier.LaneReading) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Lane, b.Lane))
	})
	ofChannels(x, r.Channels)
	ofLanes(x, r.Lanes)
	x.family("crieur_ledger_append_seconds", histogram, "How long a line took until it stood on the ledger, synced.")
	x.durations("crieur_ledger_append_seconds", r.Appends)
	x.family("crieur_letter_seconds", histogram, "How long it took to make and store a letter.")
	x.durations("crieur_letter_seconds", r.Letters)
	x.single("crieur_deferred", gauge, "Recipients who are to be tried again, in the whole house.", float64(r.Deferred))
	x.single("crieur_events_unfinished", gauge, "Events with somebody left to tell who is not merely deferred, in the whole house.", float64(r.Unfinished))
	x.single("crieur_oldest_unfinished_seconds", gauge, "Age of the oldest of these; 0 for none.", age(h.Clock.Now(), r.Oldest))
}

func ofChannels(x *exposition, all []notifier.ChannelReading) {
	for _, f := range []struct {
		name, kind, help string
		planning         bool // letters have it too
		value            func(notifier.ChannelReading) float64
	}{
		{"crieur_events_planned_total", counter, "Events cut into jobs.", true, func(c notifier.ChannelReading) float64 { return float64(c.Planned) }},
		{"crieur_connections_open", gauge, "Connections to relays.", false, func(c notifier.ChannelReading) float64 { return float64(c.Open) }},
		{"crieur_connects_total", counter, "Connections made.", false, func(c notifier.ChannelReading) float64 { return float64(c.Connects) }},
		{"crieur_connect_failures_total", counter, "Connections that could not be made.", false, func(c notifier.ChannelReading) float64 { return float64(c.Refusals) }},
	} {
		x.family(f.name, f.kind, f.help)
		for _, c := range all {
			if c.Tells || f.planning {
				x.sample(f.name, f.value(c), "channel", c.Channel)
			}
		}
	}
}

func ofLanes(x *exposition, all []notifier.LaneReading) {
	x.family("crieur_jobs_total", counter, "Jobs taken, and what came of them: done, failed and tried again, dead and given up.")
	for _, l := range all {
		for _, of := range []struct {
			result string
			n      uint64
		}{{"taken", l.Taken}, {"done", l.Done}, {"failed", l.Failed}, {"dead", l.Dead}} {
			x.sample("crieur_jobs_total", float64(of.n), "channel", l.Channel, "lane", string(l.Lane), "result", of.result)
		}
	}
	all = slices.DeleteFunc(all, func(l notifier.LaneReading) bool { return !l.Tells })
	x.family("crieur_told_total", counter, "Outcomes on the ledger.")
	for _, l := range all {
		for _, status := range slices.Sorted(maps.Keys(l.Told)) {
			x.sample("crieur_told_total", float64(l.Told[status]), "channel", l.Channel, "lane", string(l.Lane), "status", string(status))
		}
	}
	x.family("crieur_told_delay_seconds", histogram, "From an event until somebody was told of it.")
	for _, l := range all {
		x.durations("crieur_told_delay_seconds", l.Delay, "channel", l.Channel, "lane", string(l.Lane))
	}
}

// ofHouse are figures that the broker knows. Where it does not answer they are
// left out, and crieur_healthy says so.
func (h *House) ofHouse(ctx context.Context, x *exposition) {
	healthy := 1.0
	if h.Store.Health(ctx) != nil {
		healthy = 0
	}
	x.single("crieur_healthy", gauge, "Whether all is well with what is kept; /readyz says what is not.", healthy)
	x.single("crieur_alarms", gauge, "What the bureau must look at; /readyz says what.", float64(len(h.Publisher.Health())))
	since, _ := h.Liaison.Lost()
	x.single("crieur_stale_seconds", gauge, "For how long nothing has been heard of what is published; 0 if it is.", age(h.Clock.Now(), since))
	if value, ok := h.differs(); ok {
		x.single("crieur_told_differs", gauge, "Events of which what was told differs from what was planned.", value)
	}
	stood := 0.0
	for _, s := range h.flow.Stalled() {
		stood = max(stood, age(h.Clock.Now(), s.Since))
	}
	x.single("crieur_standstill_seconds", gauge, "For how long work has waited with nothing done, from five minutes on; 0 if it goes on.", stood)
	if depths, err := h.Store.Jobs.Depths(ctx); err == nil {
		x.family("crieur_jobs_pending", gauge, "Jobs that are neither done nor given up.")
		slices.SortFunc(depths, func(a, b stream.Depth) int {
			return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Lane, b.Lane))
		})
		for _, d := range depths {
			x.sample("crieur_jobs_pending", float64(d.Jobs), "channel", d.Channel, "lane", d.Lane)
		}
	}
	if all, err := h.Notifier.Backlogs(ctx); err == nil {
		x.family("crieur_events_unplanned", gauge, "Events on the record that a channel has not planned.")
		for _, b := range all {
			x.sample("crieur_events_unplanned", float64(b.Events), "channel", b.Channel)
		}
		x.family("crieur_oldest_unplanned_seconds", gauge, "Age of the oldest of these; 0 for none.")
		for _, b := range all {
			x.sample("crieur_oldest_unplanned_seconds", age(time.Now(), b.Since), "channel", b.Channel)
		}
	}
	if dead, err := h.Notifier.DeadJobs(ctx); err == nil {
		x.single("crieur_dead_jobs", gauge, "Jobs that were given up and that nobody has revived.", float64(len(dead)))
	}
	if n, err := h.Notifier.Subscribers.Count(ctx); err == nil {
		x.single("crieur_subscribers", gauge, "Subscribers.", float64(n))
	}
}

// differs is how many events were told otherwise than planned; false where
// nobody compares.
func (h *House) differs() (float64, bool) {
	if h.Probe == nil {
		return 0, false
	}
	return float64(len(h.Probe.State().Alarms)), true
}

// age is how old something is, in seconds; 0 for what is not.
func age(now, since time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(0, now.Sub(since).Seconds())
}
