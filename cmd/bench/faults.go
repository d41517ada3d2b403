package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/faults"
)

// benchFaults plays what a relay may do to a house, and prints what came of it.
func benchFaults(*flag.FlagSet) measure {
	return func(ctx context.Context) ([]Row, error) {
		table := faults.Table()
		rows, errs := make([]Row, len(table)), make([]error, len(table))
		inParallel(len(table), 4, func(i int) {
			r, err := faults.Play(ctx, table[i])
			rows[i], errs[i] = rowOf(r), err
		})
		return rows, errors.Join(errs...)
	}
}

// rowOf is a fault as a row: how often each subscriber has the message, what
// the ledger said, and what the house did.
func rowOf(r faults.Result) Row {
	row := Row{Name: r.Name, Value: float64(r.Copies), Unit: "copies", Goal: fmt.Sprintf("= %d, as it should be", r.Want.Copies), met: r.Wrong() == ""}
	row.Note = fmt.Sprintf("%s; %d connections, %d attempts", r.Ledger, r.Connections, r.Attempts)
	if r.Waited > 0 {
		row.Note += fmt.Sprintf(", in %s", r.Waited.Round(time.Second))
	}
	if r.Suppressed {
		row.Note += "; the address is tried no more"
	}
	return row
}

// inParallel does n things, so many at a time.
func inParallel(n, width int, do func(int)) {
	next, done := make(chan int), make(chan struct{})
	for range width {
		go func() {
			for i := range next {
				do(i)
			}
			done <- struct{}{}
		}()
	}
	for i := range n {
		next <- i
	}
	close(next)
	for range width {
		<-done
	}
}
