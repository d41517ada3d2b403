package publisher

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Argon2 is what a password costs whoever guesses it (argon2id, RFC 9106).
type Argon2 struct {
	Memory uint32 // KiB
	Passes uint32
}

// costs are the default: more than the least that OWASP advises (19 MiB and
// two passes), and a tenth of a second of one core.
var costs = Argon2{Memory: 32 << 10, Passes: 3}

const (
	saltBytes, hashBytes = 16, 32
	// mostHashes are made at a time: 64 MiB, whoever knocks how often.
	mostHashes = 2

	shortestPassword = 12  // letters
	longestPassword  = 128 // bytes
)

// hashers bounds how many passwords are hashed at a time. The zero value is
// ready.
type hashers struct {
	once   sync.Once
	places chan struct{}
}

// derive hashes a password; it waits for its turn until ctx ends.
func (p *Publisher) derive(ctx context.Context, password string, salt []byte, cost Argon2) ([]byte, error) {
	p.hashes.once.Do(func() { p.hashes.places = make(chan struct{}, mostHashes) })
	select {
	case p.hashes.places <- struct{}{}:
		defer func() { <-p.hashes.places }()
		return argon2.IDKey([]byte(password), salt, cost.Passes, cost.Memory, 1, hashBytes), nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: too many people sign in at this moment", ErrStore)
	}
}

func (p *Publisher) cost() Argon2 {
	if p.Hashing == (Argon2{}) {
		return costs
	}
	return p.Hashing
}

// seal hashes a password with a salt of its own, as a PHC string.
func (p *Publisher) seal(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	cost := p.cost()
	sum, err := p.derive(ctx, password, salt, cost)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, cost.Memory, cost.Passes, b64(salt), b64(sum)), nil
}

var errSealed = errors.New("not a hash of argon2id")

// readSealed reads a PHC string.
func readSealed(sealed string) (cost Argon2, salt, sum []byte, err error) {
	parts := strings.Split(sealed, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return cost, nil, nil, errSealed
	}
	var version, threads int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return cost, nil, nil, errSealed
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &cost.Memory, &cost.Passes, &threads); err != nil || threads != 1 || cost.Passes == 0 {
		return cost, nil, nil, errSealed
	}
	salt, err = base64.RawStdEncoding.DecodeString(parts[4])
	if err == nil {
		sum, err = base64.RawStdEncoding.DecodeString(parts[5])
	}
	return cost, salt, sum, err
}

// matches is whether a password is the one that was sealed. Where there is
// none ("") it is never, and takes as long to say so. stale says that it was
// sealed at another cost than the present one.
func (p *Publisher) matches(ctx context.Context, sealed, password string) (ok, stale bool, err error) {
	cost, salt, want := p.cost(), make([]byte, saltBytes), make([]byte, hashBytes)
	known := sealed != ""
	if known {
		if cost, salt, want, err = readSealed(sealed); err != nil {
			return false, false, err
		}
	}
	sum, err := p.derive(ctx, password, salt, cost)
	if err != nil {
		return false, false, err
	}
	return known && subtle.ConstantTimeCompare(sum, want) == 1, cost != p.cost(), nil
}

// commonPasswords are some that everybody tries, and that are long enough.
// Whole lists of leaked ones are another matter than a binary's.
var commonPasswords = []string{
	"123456789012", "1234567890123", "12345678910", "azertyuiop12", "azertyuiop123", "azertyuiopqs", "qwertyuiop12", "qwertyuiop123",
	"motdepasse12", "motdepasse123", "motdepasse1234", "password1234", "password12345", "passwordpassword", "motdepassemotdepasse",
	"administrateur", "administrator", "administrator1", "douanefrancaise", "douane-francaise", "jetaimejetaime", "marseillemarseille", "bonjourbonjour",
	"abcdefghijkl", "abcdefghijklm", "1q2w3e4r5t6y", "iloveyou1234", "changemechangeme", "correcthorsebatterystaple",
}

// CheckPassword says why a password will not do for an account; its error is one
// of those below.
func CheckPassword(id, password string) error {
	plain := strings.ToLower(strings.Join(strings.Fields(password), ""))
	distinct := []rune(plain)
	slices.Sort(distinct)
	switch {
	case !utf8.ValidString(password) || utf8.RuneCountInString(password) < shortestPassword:
		return ErrShortPassword
	case len(password) > longestPassword:
		return ErrLongPassword
	case strings.Contains(plain, strings.ToLower(id)), strings.Contains(plain, "crieur"), slices.Contains(commonPasswords, plain),
		len(slices.Compact(distinct)) < 5:
		return ErrCommonPassword
	}
	return nil
}

// Why a password will not do. All are notice.ErrInvalid.
var (
	ErrShortPassword  = fmt.Errorf("%w: the password is too short: %d letters are the least; a few words do better than signs", notice.ErrInvalid, shortestPassword)
	ErrLongPassword   = fmt.Errorf("%w: the password is too long: %d bytes are the most", notice.ErrInvalid, longestPassword)
	ErrCommonPassword = fmt.Errorf("%w: the password is one that others would try: choose words that have nothing to do with the account", notice.ErrInvalid)
	ErrSamePassword   = fmt.Errorf("%w: the new password is the old one: choose another", notice.ErrInvalid)
)

// NewPassword is one that nobody guesses, and that can be read out on the
// telephone: 99 random bits, without letters that look alike.
func NewPassword() string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789" // 31: five bits less a little
	var groups []string
	for range 4 {
		var group []byte
		for len(group) < 5 {
			var b [1]byte
			_, _ = rand.Read(b[:]) // never fails (crypto/rand)
			if int(b[0]) < 256/len(letters)*len(letters) {
				group = append(group, letters[int(b[0])%len(letters)])
			}
		}
		groups = append(groups, string(group))
	}
	return strings.Join(groups, "-")
}
