package house

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"douane.gouv.fr/crieur/notifier"
)

// An exposition is figures in the text format of Prometheus (version 0.0.4).
type exposition struct{ bytes.Buffer }

// expositionType is its media type.
const expositionType = "text/plain; version=0.0.4; charset=utf-8"

// The kinds of figures.
const (
	counter   = "counter"
	gauge     = "gauge"
	histogram = "histogram"
)

// family begins the samples of one name.
func (x *exposition) family(name, kind, help string) {
	fmt.Fprintf(x, "# HELP %s %s\n# TYPE %[1]s %[3]s\n", name, help, kind)
}

// sample writes one value; labels are names and values in turn.
func (x *exposition) sample(name string, value float64, labels ...string) {
	x.WriteString(name)
	for i := 0; i < len(labels); i += 2 {
		sep := ","
		if i == 0 {
			sep = "{"
		}
		fmt.Fprintf(x, `%s%s="%s"`, sep, labels[i], escaped.Replace(labels[i+1]))
	}
	if len(labels) > 0 {
		x.WriteByte('}')
	}
	x.WriteByte(' ')
	x.WriteString(strconv.FormatFloat(value, 'g', -1, 64))
	x.WriteByte('\n')
}

var escaped = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// durations writes a histogram, in seconds.
func (x *exposition) durations(name string, h notifier.HistogramReading, labels ...string) {
	var all uint64
	for i, n := range h.Counts {
		all += n
		bound := "+Inf"
		if i < len(notifier.HistogramBounds) {
			bound = strconv.FormatFloat(notifier.HistogramBounds[i].Seconds(), 'g', -1, 64)
		}
		x.sample(name+"_bucket", float64(all), append(labels[:len(labels):len(labels)], "le", bound)...)
	}
	x.sample(name+"_sum", h.Sum.Seconds(), labels...)
	x.sample(name+"_count", float64(all), labels...)
}

// single writes a family of one value.
func (x *exposition) single(name, kind, help string, value float64) {
	x.family(name, kind, help)
	x.sample(name, value)
}
