package stream_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/schemas/stream"
)

// pieces gives data as pieces p0, p1, ...
func pieces(all ...[]byte) func() ([]byte, stream.Piece, error) {
	i := -1
	return func() ([]byte, stream.Piece, error) {
		if i++; i == len(all) {
			return nil, stream.Piece{}, io.EOF
		}
		return all[i], stream.Piece{Name: fmt.Sprint("p", i), Note: fmt.Sprint("note ", i)}, nil
	}
}

func TestPieces(t *testing.T) {
	t.Parallel()
	s, ctx := noticetest.Broker(t), t.Context()
	big := bytes.Repeat([]byte("proof"), 100_000) // several chunks
	all := [][]byte{[]byte("one"), big, nil, []byte("four"), big[:128<<10], big[:128<<10+1]}
	if _, err := s.Proofs.Open(ctx, "mail/e1.json.gz"); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("before: %v", err)
	}
	half := errors.New("half way")
	err := s.Proofs.PutPieces(ctx, "mail/e1.json.gz", func() ([]byte, stream.Piece, error) { return nil, stream.Piece{}, half })
	if _, openErr := s.Proofs.Open(ctx, "mail/e1.json.gz"); !errors.Is(err, half) || !errors.Is(openErr, stream.ErrNotFound) {
		t.Errorf("half an object: %v, %v", err, openErr)
	}
	if err := s.Proofs.PutPieces(ctx, "mail/e1.json.gz", pieces(all...)); err != nil {
		t.Fatal(err)
	}
	if err := s.Proofs.PutPieces(ctx, "mail/e1.json.gz", pieces([]byte("another"))); err != nil {
		t.Errorf("again: %v", err)
	}
	o, err := s.Proofs.Open(ctx, "mail/e1.json.gz")
	if err != nil || len(o.Pieces) != len(all) {
		t.Fatalf("%+v, %v", o.Pieces, err)
	}
	for i, want := range all {
		got, piece, err := o.Read(ctx, fmt.Sprint("p", i))
		if err != nil || !bytes.Equal(got, want) || piece.Note != fmt.Sprint("note ", i) {
			t.Errorf("piece %d: %d bytes of %d, %+v, %v", i, len(got), len(want), piece, err)
		}
	}
	if _, _, err := o.Read(ctx, "p9"); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("a piece that there is not: %v", err)
	}
	// As a whole it is an object like any other.
	if got, err := s.Proofs.Get(ctx, "mail/e1.json.gz"); err != nil || !bytes.Equal(got, bytes.Join(all, nil)) {
		t.Errorf("the whole: %d bytes, %v", len(got), err)
	}
	o.Pieces[3].SHA256 = o.Pieces[0].SHA256
	if _, _, err := o.Read(ctx, "p3"); err == nil {
		t.Error("a damaged piece was read")
	}
}

func TestPurgeTo(t *testing.T) {
	t.Parallel()
	s, ctx := noticetest.Broker(t), t.Context()
	a := put(t, s.Ledger, "k.1", "a", 0)
	put(t, s.Ledger, "k.2", "x", 0)
	b := put(t, s.Ledger, "k.1", "b", a)
	put(t, s.Ledger, "k.1", "c", b)
	if err := s.Ledger.PurgeTo(ctx, "k.1", b); err != nil {
		t.Fatal(err)
	}
	if records, err := s.Ledger.Read(ctx, "k.>"); err != nil || ids(records) != "x c" {
		t.Errorf("left: %s, %v", ids(records), err)
	}
	if err := s.Ledger.PurgeTo(ctx, "k.*", b); err == nil {
		t.Error("a pattern was purged")
	}
	if err := s.Ledger.PurgeTo(ctx, "k.1", b+10); err != nil {
		t.Fatal(err)
	}
	put(t, s.Ledger, "k.1", "d", 0) // the key begins anew
	if records, err := s.Ledger.Read(ctx, "k.>"); err != nil || ids(records) != "x d" {
		t.Errorf("left: %s, %v", ids(records), err)
	}
}
