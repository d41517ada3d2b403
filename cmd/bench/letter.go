package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/notifier/letter"
	"douane.gouv.fr/crieur/notifier/letter/seal"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// example is the notice whose letter is drawn.
const example = "examples/2023-08-08/notice.yaml"

// verifyAt is as long as such addresses are.
const verifyAt = "https://notes.example/notices/01898b2e-1f00-7000-8000-000000000000"

// A press draws the example's letter in one of the ways that are compared.
type press struct {
	letter letter.Letter
	mark   letter.Mark
	p256   seal.Sealer
	rsa    seal.Sealer
	drawn  int // letters that are like no other
}

// exampleNotice is the example, and the words to say it in.
func exampleNotice() (templates.Words, notice.Notice, error) {
	known, err := schemas.Default()
	if err != nil {
		return templates.Words{}, notice.Notice{}, err
	}
	words := templates.Words{Catalogue: known.Catalogue, Bureaus: known.Bureaus}
	text, err := schemas.Files.ReadFile(example)
	if err != nil {
		return words, notice.Notice{}, err
	}
	n, problems := schemas.Check(text, known.Catalogue, known.Bureaus)
	return words, n, problems.Err()
}

func newPress() (*press, error) {
	words, n, err := exampleNotice()
	if err != nil {
		return nil, err
	}
	doc, err := words.Letter(n)
	if err != nil {
		return nil, err
	}
	p := &press{mark: house.SealMark(words, n, n.Issued.Date.Start(), verifyAt)}
	p.letter, err = house.LetterOf(doc, notice.State{Notice: n}, notice.Published{Notice: n}, time.Time{})
	return p, err
}

// withKeys makes the keys that seal.
func (p *press) withKeys() error {
	key, err := seal.NewSpecimen()
	if err != nil {
		return err
	}
	p.p256 = seal.Sealer{Signer: key}
	other, err := rsaKey()
	p.rsa = seal.Sealer{Signer: other}
	return err
}

// rsaKey is a key as most certification services issue them.
func rsaKey() (seal.Key, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return seal.Key{}, err
	}
	name := pkix.Name{CommonName: "Bureau COMINT1"}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: name, NotAfter: time.Now().Add(time.Hour)}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return seal.Key{}, err
	}
	return seal.NewKey(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}

// another is a letter with characters that no letter before had together: what
// is kept of fonts for the next letter is of no use to it.
func (p *press) another() letter.Letter {
	const rare = "ĀāĂăĄąĆćĈĉĊċČčĎď"
	p.drawn++
	l := p.letter
	for i, r := range []rune(rare) {
		if p.drawn>>i&1 == 1 {
			l.Document.Subject += string(r)
		}
	}
	return l
}

// A way is one way to make a letter.
type way struct {
	name string
	make func(context.Context) ([]byte, error)
	ms   []float64 // of one core, a letter, round by round
	size int
}

// ways are measured in turn, round by round: what disturbs one disturbs all.
func (p *press) ways() []*way {
	sealed := func(s seal.Sealer) func(context.Context) ([]byte, error) {
		return func(ctx context.Context) ([]byte, error) { return p.letter.Sealed(ctx, s, p.mark) }
	}
	return []*way{
		{name: "plain gofpdf", make: func(context.Context) ([]byte, error) { return plainly(p.letter.Document) }},
		{name: "unsigned", make: func(context.Context) ([]byte, error) { return p.letter.Draw() }},
		{name: "unsigned, other characters each time", make: func(context.Context) ([]byte, error) { return p.another().Draw() }},
		{name: "signed", make: sealed(p.p256)},
		{name: "signed with RSA-2048", make: sealed(p.rsa)},
	}
}

// letters is how many letters a round makes of each way.
const letters = 20

// round makes letters and keeps what each cost.
func (w *way) round(ctx context.Context) error {
	before := cpu()
	for range letters {
		file, err := w.make(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		w.size = len(file)
	}
	w.ms = append(w.ms, float64(cpu()-before)/float64(time.Millisecond)/letters)
	return ctx.Err()
}

// cpu is what the process has used of the machine, collecting garbage
// included: other people's work does not count.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it fails for other arguments only
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// best is the cost in the quickest round: neighbours on a shared machine slow
// some rounds down, and speed none up.
func (w *way) best() float64 { return slices.Min(w.ms) }

// benchLetter measures what a letter costs.
func benchLetter(ctx context.Context, rounds int) ([]Row, error) {
	p, err := newPress()
	if err != nil {
		return nil, err
	}
	if err := p.withKeys(); err != nil {
		return nil, err
	}
	ways := p.ways()
	for range rounds {
		for _, w := range ways {
			if err := w.round(ctx); err != nil {
				return nil, err
			}
		}
	}
	plain, unsigned, fresh, signed, withRSA := ways[0], ways[1], ways[2], ways[3], ways[4]
	base := plain.best()
	row := func(w *way) Row {
		return Row{Name: w.name, Value: w.best(), Unit: "ms", Of: plain.name, Ratio: base / w.best()}
	}
	perCore := func(w *way) Row {
		r := row(w)
		r.Name, r.Value, r.Unit = w.name+" per core", 1000/w.best(), "letters/s"
		return r
	}
	size := func(w *way) Row { return Row{Name: w.name + " size", Value: float64(w.size) / 1024, Unit: "KB"} }
	first := Row{Name: plain.name, Value: base, Unit: "ms"}
	rows := []Row{
		first, row(unsigned).atMost(1.5), row(fresh).atMost(1.5), row(signed), row(withRSA),
		perCore(unsigned), perCore(signed).atLeast(600), perCore(withRSA),
		size(plain), size(unsigned).atMost(22), size(signed).atMost(50), size(withRSA).atMost(50),
	}
	rows[1] = alsoRatio(rows[1], 8)
	all, err := together(ctx, signed, rounds*letters/2)
	if err != nil {
		return nil, err
	}
	cold, err := coldStart(ctx, rounds)
	return append(rows, all, cold.atMost(20)), err
}

// alsoRatio adds a goal for how many times better a row is.
func alsoRatio(r Row, goal float64) Row {
	r.Goal += fmt.Sprintf(" and ≥ %g ×", goal)
	r.met = r.met && r.Ratio >= goal
	return r
}

// together is what all cores do at once, n letters each, by the clock on the
// wall.
func together(ctx context.Context, w *way, n int) (Row, error) {
	cores := runtime.GOMAXPROCS(0)
	errs := make([]error, cores)
	start := time.Now()
	var all sync.WaitGroup
	for i := range cores {
		all.Go(func() {
			for range n {
				if _, err := w.make(ctx); err != nil {
					errs[i] = err
					return
				}
			}
		})
	}
	all.Wait()
	rate := float64(cores*n) / time.Since(start).Seconds()
	return Row{Name: fmt.Sprintf("%s on %d cores", w.name, cores), Value: rate, Unit: "letters/s"}, errors.Join(errs...)
}

// once names what the program does when it is its own subject: one letter,
// sealed, from the start of a process to the file.
const once = "draw-once"

// coldStart is the quickest of several starts: the machine is shared.
func coldStart(ctx context.Context, rounds int) (Row, error) {
	dir, err := os.MkdirTemp("", "crieur-bench-")
	if err != nil {
		return Row{}, err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return Row{}, err
	}
	best := time.Hour
	for range rounds {
		start := time.Now()
		out := filepath.Join(dir, "letter.pdf")
		if text, err := exec.CommandContext(ctx, self, once, out).CombinedOutput(); err != nil {
			return Row{}, fmt.Errorf("%w: %s", err, text)
		}
		best = min(best, time.Since(start))
	}
	return Row{Name: "process start to signed file", Value: float64(best) / float64(time.Millisecond), Unit: "ms"}, nil
}

// drawOnce makes one sealed letter and writes it.
func drawOnce(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("name the file")
	}
	p, err := newPress()
	if err != nil {
		return err
	}
	key, err := seal.NewSpecimen()
	if err != nil {
		return err
	}
	file, err := p.letter.Sealed(ctx, seal.Sealer{Signer: key}, p.mark)
	if err != nil {
		return err
	}
	return os.WriteFile(args[0], file, 0o600)
}
