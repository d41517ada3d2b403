package main

import (
	"context"
	"fmt"
	"net/url"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas/notice"
)

// Paper are the commands on a notice before it is published, and on what
// amends it.
type Paper struct {
	Draft    Draft    `cmd:"" group:"desk" help:"Draft a notice, or another text of one."`
	Submit   Submit   `cmd:"" group:"desk" help:"Ask for a signature."`
	Return   Return   `cmd:"" group:"desk" help:"Give a text back to be changed."`
	Approve  Approve  `cmd:"" group:"desk" help:"Sign a text off: it is published at once, or when you say."`
	Withdraw Withdraw `cmd:"" group:"desk" help:"Give up what is in hand."`
	Review   Review   `cmd:"" group:"desk" help:"Say that an emergency publication has been looked at."`
	Publish  Publish  `cmd:"" group:"desk" help:"Draft, submit and sign off in one, with two people's tokens."`
	Correct  Correct  `cmd:"" group:"desk" help:"Draft a correction of a published notice."`
	List     List     `cmd:"" group:"desk" help:"List the notices."`
	Show     Show     `cmd:"" group:"desk" help:"Show one notice."`
}

// Draft puts a text on the desk.
type Draft struct {
	File       string `arg:"" help:"The notice, YAML or JSON; - for standard input."`
	Notice     string `help:"Replace the text of this notice." placeholder:"NOTICE"`
	Seen       int    `help:"The edition that you have edited." placeholder:"N"`
	Unfinished bool   `help:"Keep it although it has errors."`
	Remote
}

// Run drafts. A text with errors is refused, unless it is said to be
// unfinished.
func (d Draft) Run(ctx context.Context, s Streams) error {
	c, err := d.client()
	if err != nil {
		return err
	}
	text, err := readInput(d.File, s.In)
	if err != nil {
		return err
	}
	if !d.Unfinished {
		if err := refuse(ctx, c, d.File, string(text)); err != nil {
			return err
		}
	}
	var n desk.Notice
	if d.Notice == "" {
		n, err = c.Create(ctx, "", string(text))
	} else {
		var ref desk.Ref
		if ref, err = (About{d.Notice, d.Seen}).ref(ctx, c); err == nil {
			n, err = c.Edit(ctx, ref, publisher.Draft{Text: string(text)})
		}
	}
	if err != nil {
		return err
	}
	return d.tell(s, n)
}

// refuse is the errors of a text, each with its line.
func refuse(ctx context.Context, c desk.Client, file, text string) error {
	checked, err := c.Check(ctx, text)
	if err != nil {
		return err
	}
	if err := checked.Problems.Err(); err != nil {
		return fmt.Errorf("%s:\n%w\nnothing has been drafted", file, err)
	}
	return nil
}

// Submit asks for a signature.
type Submit struct {
	About
	Remote
}

// Run submits.
func (x Submit) Run(ctx context.Context, s Streams) error {
	return x.paper(ctx, s, x.About, func(c desk.Client, ref desk.Ref) (desk.Notice, error) { return c.Submit(ctx, ref) })
}

// paper does something with what is in hand of a notice.
func (r Remote) paper(ctx context.Context, s Streams, a About, do func(desk.Client, desk.Ref) (desk.Notice, error)) error {
	c, err := r.client()
	if err != nil {
		return err
	}
	ref, err := a.ref(ctx, c)
	if err != nil {
		return err
	}
	n, err := do(c, ref)
	if err != nil {
		return err
	}
	return r.tell(s, n)
}

// Return gives a text back.
type Return struct {
	About
	Reason string `help:"What is to be changed." required:""`
	Remote
}

// Run returns.
func (x Return) Run(ctx context.Context, s Streams) error {
	return x.paper(ctx, s, x.About, func(c desk.Client, ref desk.Ref) (desk.Notice, error) { return c.Return(ctx, ref, x.Reason) })
}

// Approve signs a text off.
type Approve struct {
	About
	PublishAt notice.Time `help:"When to publish, in legal time; at once if absent." placeholder:"TIME"`
	Emergency string      `help:"Why nobody else can look at it first: it is reviewed afterwards." placeholder:"REASON"`
	Remote
}

// Run approves.
func (x Approve) Run(ctx context.Context, s Streams) error {
	return x.paper(ctx, s, x.About, func(c desk.Client, ref desk.Ref) (desk.Notice, error) {
		return c.Approve(ctx, ref, desk.Approve{PublishAt: x.PublishAt, Emergency: x.Emergency})
	})
}

// Withdraw gives up what is in hand.
type Withdraw struct {
	About
	Reason string `help:"Why." required:""`
	Remote
}

// Run withdraws.
func (x Withdraw) Run(ctx context.Context, s Streams) error {
	return x.paper(ctx, s, x.About, func(c desk.Client, ref desk.Ref) (desk.Notice, error) { return c.Withdraw(ctx, ref, x.Reason) })
}

// Review says that an emergency publication has been looked at.
type Review struct {
	About
	Remark string `help:"What you found." default:"vu"`
	Remote
}

// Run reviews.
func (x Review) Run(ctx context.Context, s Streams) error {
	return x.paper(ctx, s, x.About, func(c desk.Client, ref desk.Ref) (desk.Notice, error) { return c.Review(ctx, ref, x.Remark) })
}

// Publish goes the whole way with two people's tokens, or alone in an
// emergency.
type Publish struct {
	File         string      `arg:"" help:"The notice, YAML or JSON; - for standard input."`
	ApproveToken string      `help:"The signatory's token, or @FILE that holds it." placeholder:"TOKEN"`
	PublishAt    notice.Time `help:"When to publish, in legal time; at once if absent." placeholder:"TIME"`
	Emergency    string      `help:"Sign alone, with this reason: it is reviewed afterwards." placeholder:"REASON"`
	Remote
}

// Run publishes. Where a step is refused, the notice stays as far as it has
// come, and the error says where that is.
func (p Publish) Run(ctx context.Context, s Streams) error {
	drafter, err := p.client()
	if err != nil {
		return err
	}
	signatory := drafter
	if p.Emergency == "" {
		if signatory.Token, err = readToken(p.ApproveToken, "--approve-token"); err != nil {
			return err
		}
	}
	text, err := readInput(p.File, s.In)
	if err != nil {
		return err
	}
	if err := refuse(ctx, drafter, p.File, string(text)); err != nil {
		return err
	}
	n, err := drafter.Create(ctx, "", string(text))
	if err != nil {
		return err
	}
	if n, err = drafter.Submit(ctx, desk.Ref{Notice: n.ID, Seen: n.Edition}); err != nil {
		return fmt.Errorf("drafted as %s, not submitted: %w", n.ID, err)
	}
	done, err := signatory.Approve(ctx, desk.Ref{Notice: n.ID, Seen: n.Edition}, desk.Approve{PublishAt: p.PublishAt, Emergency: p.Emergency})
	if err != nil {
		return fmt.Errorf("submitted as %s, not signed off: %w", n.ID, err)
	}
	return p.tell(s, done)
}

// Correct drafts what replaces the text of a published notice.
type Correct struct {
	About
	File   string `arg:"" help:"The corrected notice, YAML or JSON; - for standard input."`
	Reason string `help:"What was wrong: readers see it." required:""`
	Remote
}

// Run drafts the correction; it is submitted and approved like any text.
func (x Correct) Run(ctx context.Context, s Streams) error {
	text, err := readInput(x.File, s.In)
	if err != nil {
		return err
	}
	return x.paper(ctx, s, x.About, func(c desk.Client, ref desk.Ref) (desk.Notice, error) {
		if err := refuse(ctx, c, x.File, string(text)); err != nil {
			return desk.Notice{}, err
		}
		return c.Edit(ctx, ref, publisher.Draft{Text: string(text), As: notice.TypeCorrected, Reason: x.Reason})
	})
}

// List lists the notices.
type List struct {
	Status string `help:"Only those whose paper is so: draft, submitted, returned, approved, published, withdrawn." placeholder:"STATUS"`
	Phase  string `help:"Only those that are so: announced, running, ended, postponed, cancelled." placeholder:"PHASE"`
	Remote
}

// Run lists.
func (x List) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	all, err := c.Notices(ctx, url.Values{"status": {x.Status}, "phase": {x.Phase}})
	if err != nil {
		return err
	}
	if x.JSON {
		return writeJSON(s.Out, all)
	}
	for _, n := range all {
		if err := x.tell(s, n); err != nil {
			return err
		}
	}
	return nil
}

// Show shows one notice.
type Show struct {
	Notice string `arg:"" help:"The notice: its id, its reference or its outage id."`
	Remote
}

// Run shows.
func (x Show) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	n, err := c.Notice(ctx, x.Notice)
	if err != nil {
		return err
	}
	if x.JSON {
		return writeJSON(s.Out, n)
	}
	for _, e := range n.Entries {
		fmt.Fprintf(s.Out, "%s  %-9s %s\n", notice.At(e.Time), e.Type, e.Account)
	}
	told, err := c.Deliveries(ctx, x.Notice)
	if err != nil {
		return err
	}
	for _, e := range n.Events {
		fmt.Fprintf(s.Out, "%s  %s\n", notice.At(e.Time), e.Act.Type())
		for _, of := range told {
			if of.Event == e.ID {
				fmt.Fprintf(s.Out, "    %s: %s\n", of.Channel, outcomes(of))
			}
		}
	}
	return x.tell(s, n)
}
