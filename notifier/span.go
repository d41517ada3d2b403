package notifier

import (
	"encoding/hex"
	"fmt"
)

// Shards is over how many shards the subscribers are spread.
const Shards = 256

// A Span is a stretch of shards that one job covers, both ends included.
type Span struct{ First, Last int }

// whole is the span of all shards.
var whole = Span{0, Shards - 1}

// String is the span as it stands in subjects: "000-255".
func (s Span) String() string { return fmt.Sprintf("%03d-%03d", s.First, s.Last) }

// parseSpan reads what String wrote.
func parseSpan(text string) (Span, error) {
	var s Span
	if _, err := fmt.Sscanf(text, "%03d-%03d", &s.First, &s.Last); err != nil || s.String() != text || s.Last >= Shards || s.First > s.Last {
		return Span{}, fmt.Errorf("%q is not a span of shards", text)
	}
	return s, nil
}

// overlaps is whether two spans have a shard in common.
func (s Span) overlaps(other Span) bool { return s.First <= other.Last && other.First <= s.Last }

// split cuts all shards into n spans, 1 to Shards, as equal as can be.
func split(n int) []Span {
	spans := make([]Span, n)
	for i := range spans {
		spans[i] = Span{i * Shards / n, (i+1)*Shards/n - 1}
	}
	return spans
}

// shardOf is the shard of a subscriber: the first byte of its id.
func shardOf(id string) int {
	b, err := hex.DecodeString(id[:min(2, len(id))])
	if err != nil || len(b) == 0 {
		return 0
	}
	return int(b[0])
}
