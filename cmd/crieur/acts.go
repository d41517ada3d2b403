package main

import (
	"context"
	"fmt"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

// Acts are the commands on a published notice.
type Acts struct {
	Extend    Extend    `cmd:"" group:"alert" help:"Give a running alert another planned end."`
	Recover   Recover   `cmd:"" group:"alert" help:"Say that some services or modes are back."`
	End       End       `cmd:"" group:"alert" help:"Say that the alert is over."`
	Resume    Resume    `cmd:"" group:"alert" help:"Take a wrong end back."`
	Progress  Progress  `cmd:"" group:"alert" help:"Tell how things stand."`
	Change    Change    `cmd:"" group:"alert" help:"Change the facts of a notice that lives: scope, effect, messages."`
	Fallback  Fallback  `cmd:"" group:"alert" help:"Open or close the fallback procedure."`
	Postpone  Postpone  `cmd:"" group:"alert" help:"Move a notice to another time, or to no date."`
	Cancel    Cancel    `cmd:"" group:"alert" help:"Say that what was announced will not take place."`
	Reinstate Reinstate `cmd:"" group:"alert" help:"Take a cancellation back."`
}

// act does something to a published notice.
func (r Remote) act(ctx context.Context, s Streams, a About, act notice.Act) error {
	c, err := r.client()
	if err != nil {
		return err
	}
	ref, err := a.ref(ctx, c)
	if err != nil {
		return err
	}
	e, err := c.Act(ctx, ref, act)
	if err != nil {
		return err
	}
	return r.happened(s, e)
}

// Extend gives another planned end.
type Extend struct {
	About
	Until              notice.Time `help:"The new planned end, in legal time." placeholder:"TIME" xor:"until"`
	UntilFurtherNotice bool        `help:"There is no planned end any more." xor:"until"`
	MayExtendUntil     notice.Time `help:"It may last until then." placeholder:"TIME"`
	Reason             string      `help:"Why: readers see it."`
	Remote
}

// Run extends. That there is no end is said, never left out.
func (x Extend) Run(ctx context.Context, s Streams) error {
	if x.Until.IsZero() == !x.UntilFurtherNotice {
		return fmt.Errorf("%w: until when is not said: give --until TIME or --until-further-notice", notice.ErrInvalid)
	}
	return x.act(ctx, s, x.About, notice.Extended{Until: x.Until, MayExtendUntil: x.MayExtendUntil, Reason: x.Reason})
}

// Closing says what becomes of the fallback.
type Closing struct {
	Fallback   notice.Closes `help:"What becomes of the fallback: now, at, further_notice, none." required:"" placeholder:"CLOSES"`
	FallbackAt notice.Time   `help:"When it closes, with --fallback at." placeholder:"TIME"`
}

func (c Closing) after() notice.FallbackAfter {
	return notice.FallbackAfter{Closes: c.Fallback, At: c.FallbackAt}
}

// Some names services and modes; all of the notice's where none is named.
type Some struct {
	Services []string `help:"Which services; all of the notice's if absent." placeholder:"SERVICE"`
	Modes    []string `help:"Which modes; all if absent." placeholder:"MODE"`
}

// Recover says what is back.
type Recover struct {
	About
	At notice.Time `help:"Since when, in legal time; now if absent." placeholder:"TIME"`
	Some
	Closing
	Remote
}

// Run tells the recovery.
func (x Recover) Run(ctx context.Context, s Streams) error {
	return x.act(ctx, s, x.About, notice.Recovered{At: x.At, Services: x.Services, Modes: x.Modes, Fallback: x.after()})
}

// End says that it is over.
type End struct {
	About
	At notice.Time `help:"Since when, in legal time; now if absent." placeholder:"TIME"`
	Closing
	Text string `help:"What else to say."`
	Remote
}

// Run ends the alert.
func (x End) Run(ctx context.Context, s Streams) error {
	return x.act(ctx, s, x.About, notice.Ended{At: x.At, Fallback: x.after(), Text: x.Text})
}

// Resume takes a wrong end back.
type Resume struct {
	About
	Reason string `help:"Why: readers see it."`
	Remote
}

// Run resumes the alert.
func (x Resume) Run(ctx context.Context, s Streams) error {
	return x.act(ctx, s, x.About, notice.Resumed{Reason: x.Reason})
}

// Progress tells how things stand.
type Progress struct {
	About
	Text string      `arg:"" help:"How things stand."`
	Next notice.Time `help:"When more will be said." placeholder:"TIME"`
	Remote
}

// Run tells it.
func (x Progress) Run(ctx context.Context, s Streams) error {
	return x.act(ctx, s, x.About, notice.Progressed{Text: x.Text, Next: x.Next})
}

// Change changes the facts.
type Change struct {
	About
	File   string `arg:"" help:"The notice as it is now, YAML or JSON; - for standard input."`
	Reason string `help:"Why: readers see it." required:""`
	Remote
}

// Run changes.
func (x Change) Run(ctx context.Context, s Streams) error {
	text, err := readInput(x.File, s.In)
	if err != nil {
		return err
	}
	var n notice.Notice
	if _, ps := schemas.Decode(text, &n); ps.Err() != nil {
		return fmt.Errorf("%s:\n%w", x.File, ps.Err())
	}
	return x.act(ctx, s, x.About, notice.Changed{Notice: n, Reason: x.Reason})
}

// Fallback opens and closes the fallback.
type Fallback struct {
	Open  OpenFallback  `cmd:"" help:"Authorise the fallback procedure."`
	Close CloseFallback `cmd:"" help:"Revoke it."`
}

// OpenFallback authorises it.
type OpenFallback struct {
	About
	Some
	From      notice.Time      `help:"From when; now if absent." placeholder:"TIME"`
	Until     notice.Time      `help:"Until when; until it is revoked or the alert ends, if absent." placeholder:"TIME"`
	Condition notice.Condition `help:"When it may be used: not_deferrable, strictly_necessary, bureau_agreement." placeholder:"CONDITION"`
	Sheet     string           `help:"The number of its sheet."`
	Remote
}

// Run opens the fallback.
func (x OpenFallback) Run(ctx context.Context, s Streams) error {
	return x.act(ctx, s, x.About, notice.FallbackOpened{Services: x.Services, Modes: x.Modes,
		Fallback: notice.Fallback{Authorised: true, Condition: x.Condition, From: x.From, Until: x.Until, Sheet: x.Sheet}})
}

// CloseFallback revokes it.
type CloseFallback struct {
	About
	Some
	At notice.Time `help:"When; now if absent." placeholder:"TIME"`
	Remote
}

// Run closes the fallback.
func (x CloseFallback) Run(ctx context.Context, s Streams) error {
	return x.act(ctx, s, x.About, notice.FallbackClosed{Services: x.Services, Modes: x.Modes, At: x.At})
}

// Postpone moves a notice.
type Postpone struct {
	About
	Start   notice.Time `help:"When it begins instead." placeholder:"TIME"`
	Until   notice.Time `help:"When it is planned to end." placeholder:"TIME"`
	SineDie bool        `help:"To no date."`
	Reason  string      `help:"Why: readers see it."`
	Remote
}

// Run postpones. To no date is said, never left out.
func (x Postpone) Run(ctx context.Context, s Streams) error {
	if x.Start.IsZero() == !x.SineDie {
		return fmt.Errorf("%w: to when is not said: give --start TIME or --sine-die", notice.ErrInvalid)
	}
	act := notice.Postponed{Reason: x.Reason}
	if !x.SineDie {
		act.Windows = []notice.Window{{Start: x.Start, End: x.Until}}
	}
	return x.act(ctx, s, x.About, act)
}

// Cancel calls a notice off.
type Cancel struct {
	About
	Reason string `help:"Why: readers see it."`
	Remote
}

// Run cancels.
func (x Cancel) Run(ctx context.Context, s Streams) error {
	return x.act(ctx, s, x.About, notice.Cancelled{Reason: x.Reason})
}

// Reinstate takes a cancellation back.
type Reinstate struct {
	About
	Reason string `help:"Why: readers see it."`
	Remote
}

// Run reinstates.
func (x Reinstate) Run(ctx context.Context, s Streams) error {
	return x.act(ctx, s, x.About, notice.Reinstated{Reason: x.Reason})
}
