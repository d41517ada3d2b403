package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// ErrFormat says that the bytes are not what a PDF holds in that place.
var ErrFormat = errors.New("not a PDF we can read")

// The values of PDF are nil, bool, int, float64, Ref and these.
type (
	// A Name is a name, without its slash.
	Name string
	// A String is the bytes of a string.
	String string
	// An Array is a list of values.
	Array []any
	// A Dict is a dictionary.
	Dict map[Name]any
	// An Operator is a bare word: what a content stream does.
	Operator string
	// A Stream is a dictionary with data, as it stands in the file.
	Stream struct {
		Dict Dict
		Raw  []byte
	}
)

// maxDepth bounds how deeply arrays and dictionaries may be nested.
const maxDepth = 50

// A lexer takes values from bytes, one after the other.
type lexer struct {
	data  []byte
	at    int
	depth int
	refs  bool // "5 0 R" is a reference: not so in content streams
}

// fail names the byte at which the reading stopped.
func (l *lexer) fail(what string) error { return fmt.Errorf("%w: byte %d: %s", ErrFormat, l.at, what) }

const (
	blanks     = "\x00\t\n\f\r "
	delimiters = "()<>[]{}/%"
)

// skipBlanks goes to the next character that says something; comments do not.
func (l *lexer) skipBlanks() {
	for l.at < len(l.data) {
		switch c := l.data[l.at]; {
		case c == '%':
			for l.at < len(l.data) && l.data[l.at] != '\n' && l.data[l.at] != '\r' {
				l.at++
			}
		case bytes.IndexByte([]byte(blanks), c) >= 0:
			l.at++
		default:
			return
		}
	}
}

// has is whether the data goes on in some way.
func (l *lexer) has(prefix string) bool { return bytes.HasPrefix(l.data[l.at:], []byte(prefix)) }

// value takes the next value. At the end of the data it is an error.
func (l *lexer) value() (any, error) {
	l.skipBlanks()
	if l.at >= len(l.data) {
		return nil, l.fail("nothing where a value should be")
	}
	switch c := l.data[l.at]; {
	case l.has("<<"):
		return l.dict()
	case c == '<':
		return l.hex()
	case c == '(':
		return l.literal()
	case c == '[':
		return l.array()
	case c == '/':
		l.at++
		return l.name()
	case bytes.IndexByte([]byte(delimiters), c) >= 0:
		return nil, l.fail("a delimiter where a value should be")
	}
	return l.wordOrNumber()
}

// word takes characters up to the next blank or delimiter.
func (l *lexer) word() string {
	start := l.at
	for l.at < len(l.data) && bytes.IndexByte([]byte(blanks+delimiters), l.data[l.at]) < 0 {
		l.at++
	}
	return string(l.data[start:l.at])
}

// name takes a name behind its slash. #20 stands for a blank.
func (l *lexer) name() (any, error) {
	word := l.word()
	for i := 0; i+2 < len(word); i++ {
		if word[i] != '#' {
			continue
		}
		code, err := strconv.ParseUint(word[i+1:i+3], 16, 8)
		if err != nil {
			return nil, l.fail("a name with a wrong escape")
		}
		word = word[:i] + string([]byte{byte(code)}) + word[i+3:]
	}
	return Name(word), nil
}

// wordOrNumber takes what is neither delimited nor a name.
func (l *lexer) wordOrNumber() (any, error) {
	switch word := l.word(); word {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	default:
		if n, err := strconv.Atoi(word); err == nil {
			return l.refOr(n), nil
		}
		if f, err := strconv.ParseFloat(word, 64); err == nil && word[0] < 'A' {
			return f, nil
		}
		return Operator(word), nil
	}
}

// refOr is the reference that begins with n, or n itself.
func (l *lexer) refOr(n int) any {
	if !l.refs || n <= 0 {
		return n
	}
	back := l.at
	l.skipBlanks()
	if l.word() == "0" {
		l.skipBlanks()
		if l.word() == "R" {
			return Ref(n)
		}
	}
	l.at = back
	return n
}

// hex takes a string in hexadecimal. A digit that is missing at its end is 0.
func (l *lexer) hex() (any, error) {
	l.at++
	end := bytes.IndexByte(l.data[l.at:], '>')
	if end < 0 {
		return nil, l.fail("a string without an end")
	}
	digits := bytes.Join(bytes.Fields(l.data[l.at:l.at+end]), nil)
	if len(digits)%2 == 1 {
		digits = append(digits, '0')
	}
	s := make([]byte, 0, len(digits)/2)
	for i := 0; i < len(digits); i += 2 {
		code, err := strconv.ParseUint(string(digits[i:i+2]), 16, 8)
		if err != nil {
			return nil, l.fail("a string with a wrong digit")
		}
		s = append(s, byte(code))
	}
	l.at += end + 1
	return String(s), nil
}

// literal takes a string in brackets. Octal escapes and escaped line ends do
// not occur in what we write.
func (l *lexer) literal() (any, error) {
	var s []byte
	depth := 0
	for ; l.at < len(l.data); l.at++ {
		c := l.data[l.at]
		switch {
		case c == '\\' && l.at+1 < len(l.data):
			l.at++
			c = unescape(l.data[l.at])
		case c == '(':
			if depth++; depth == 1 {
				continue
			}
		case c == ')':
			if depth--; depth == 0 {
				l.at++
				return String(s), nil
			}
		}
		s = append(s, c)
	}
	return nil, l.fail("a string without an end")
}

// unescape is the character that a backslash makes of another.
func unescape(c byte) byte {
	if i := bytes.IndexByte([]byte("nrtbf"), c); i >= 0 {
		return "\n\r\t\b\f"[i]
	}
	return c
}

// enter counts one level of nesting more; the caller leaves it again.
func (l *lexer) enter() error {
	if l.depth++; l.depth > maxDepth {
		return l.fail("nested too deeply")
	}
	return nil
}

// array takes values up to the closing bracket.
func (l *lexer) array() (any, error) {
	defer func() { l.depth-- }()
	if err := l.enter(); err != nil {
		return nil, err
	}
	l.at++
	array := Array{}
	for {
		l.skipBlanks()
		if l.has("]") {
			l.at++
			return array, nil
		}
		v, err := l.value()
		if err != nil {
			return nil, err
		}
		array = append(array, v)
	}
}

// dict takes keys and values. Of a key that is there twice the last counts, as
// with other readers.
func (l *lexer) dict() (any, error) {
	defer func() { l.depth-- }()
	if err := l.enter(); err != nil {
		return nil, err
	}
	l.at += len("<<")
	dict := Dict{}
	for {
		l.skipBlanks()
		if l.has(">>") {
			l.at += len(">>")
			return dict, nil
		}
		key, err := l.value()
		if err != nil {
			return nil, err
		}
		name, ok := key.(Name)
		if !ok {
			return nil, l.fail("a key that is no name")
		}
		if dict[name], err = l.value(); err != nil {
			return nil, err
		}
	}
}

// Operations calls do with every operation of a content stream: its operator,
// after its operands.
func Operations(content []byte, do func(op Operator, operands []any) error) error {
	l := &lexer{data: content}
	var operands []any
	for {
		if l.skipBlanks(); l.at >= len(content) {
			return nil
		}
		v, err := l.value()
		if err != nil {
			return err
		}
		op, ok := v.(Operator)
		if !ok {
			operands = append(operands, v)
			continue
		}
		if err := do(op, operands); err != nil {
			return err
		}
		operands = operands[:0]
	}
}
