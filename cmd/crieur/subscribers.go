package main

import (
	"context"
	"fmt"

	"douane.gouv.fr/crieur/publisher/desk"
)

// Subscribers are those who asked to be told.
type Subscribers struct {
	Add    AddSubscriber    `cmd:"" help:"Make somebody a subscriber, or replace what they asked for."`
	Remove RemoveSubscriber `cmd:"" help:"Erase a subscriber, address and all."`
	Count  CountSubscribers `cmd:"" help:"Say how many there are."`
}

// AddSubscriber subscribes an address that has agreed to it.
type AddSubscriber struct {
	Address string `arg:"" help:"A mail address whose owner has agreed."`
	Some
	Wants []string `help:"notices, alerts; both if absent." placeholder:"WANT,..."`
	Remote
}

// Run subscribes.
func (x AddSubscriber) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	sub, err := c.Subscribe(ctx, desk.Subscription{Address: x.Address, Services: x.Services, Modes: x.Modes, Wants: x.Wants})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.Out, sub.ID)
	return err
}

// RemoveSubscriber erases one.
type RemoveSubscriber struct {
	Address string `arg:"" help:"The mail address."`
	Remote
}

// Run erases.
func (x RemoveSubscriber) Run(ctx context.Context) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	return c.Unsubscribe(ctx, x.Address)
}

// CountSubscribers counts them.
type CountSubscribers struct{ Remote }

// Run counts.
func (x CountSubscribers) Run(ctx context.Context, s Streams) error {
	c, err := x.client()
	if err != nil {
		return err
	}
	n, err := c.Subscribers(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.Out, n.Subscribers)
	return err
}
