package fidelity

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
)

// TruthFile is where the truth of a pair is kept, seen from this directory.
func TruthFile(pair string) string { return filepath.Join("truth", filepath.FromSlash(pair)+".json") }

// LoadTruth reads a truth file.
func LoadTruth(file string) (Truth, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Truth{}, err
	}
	var t Truth
	if err := json.Unmarshal(text, &t); err != nil {
		return Truth{}, fmt.Errorf("%s: %w", file, err)
	}
	return t, nil
}

// Encode writes a truth file: one line a request, stall or point, so that a
// difference between two recordings is a difference of lines.
func (t Truth) Encode() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n\"pair\": %q, \"player\": %q, \"browser\": %q,\n\"runs\": [", t.Pair, t.Player, t.Browser)
	for i, run := range t.Runs {
		if i > 0 {
			b.WriteString(", ")
		}
		if err := run.encode(&b); err != nil {
			return nil, err
		}
	}
	b.WriteString("]\n}\n")
	return b.Bytes(), nil
}

func (o Observation) encode(b *bytes.Buffer) error {
	start, err := o.Start.MarshalJSON()
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "{\n\"start\": %s, \"length\": %v, \"startup\": %v, \"final\": %q, \"lag\": %v,\n", start, o.Length, o.Startup, o.Final, o.Lag)
	last := func(comma string) string { return comma + "\n" }
	return firstError(
		encodeLines(b, "requests", o.Requests, last(",")),
		encodeLines(b, "refreshes", o.Refreshes, last(",")),
		encodeLines(b, "stalls", o.Stalls, last(",")),
		encodeLines(b, "skips", o.Skips, last(",")),
		encodeLines(b, "shown", o.Shown, last(",")),
		encodeLines(b, "errors", o.Errors, last(",")),
		encodeLines(b, "playhead", o.Playhead, "}"),
	)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func encodeLines[T any](b *bytes.Buffer, name string, list []T, after string) error {
	fmt.Fprintf(b, "%q: [", name)
	for i, element := range list {
		text, err := json.Marshal(element)
		if err != nil {
			return fmt.Errorf("%s[%d]: %w", name, i, err)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		b.Write(text)
	}
	b.WriteString("]" + after)
	return nil
}

// Rounded is the observation with every time in whole milliseconds, which is
// better than either half measures.
func (o Observation) Rounded() Observation {
	o.Start = o.Start.Round(1e6).UTC()
	o.Length, o.Startup, o.Lag = ms(o.Length), ms(o.Startup), ms(o.Lag)
	o.Requests = mapped(o.Requests, func(r *Request) { r.At, r.Took, r.Margin = ms(r.At), ms(r.Took), ms(r.Margin) })
	o.Refreshes = mapped(o.Refreshes, func(c *Call) { c.At, c.Took = ms(c.At), ms(c.Took) })
	o.Stalls = mapped(o.Stalls, func(s *Stall) { s.At, s.Took = ms(s.At), ms(s.Took) })
	o.Skips = mapped(o.Skips, func(s *Skip) { s.At, s.Amount = ms(s.At), ms(s.Amount) })
	o.Shown = mapped(o.Shown, func(s *Shown) { s.At = ms(s.At) })
	o.Errors = mapped(o.Errors, func(e *Trouble) { e.At = ms(e.At) })
	o.Playhead = mapped(o.Playhead, func(p *Point) { p.At, p.Position = ms(p.At), ms(p.Position) })
	return o
}

// mapped is a copy of the list with every element changed; never nil, so that an
// empty one is written as a list.
func mapped[T any](list []T, change func(*T)) []T {
	changed := make([]T, len(list))
	for i, element := range list {
		change(&element)
		changed[i] = element
	}
	return changed
}

func ms(seconds float64) float64 { return math.Round(seconds*1000) / 1000 }
