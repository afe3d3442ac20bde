package netem

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The forms in which others publish traces, beside our own.

// sabrePeriod is one period of sabre's network.json.
type sabrePeriod struct {
	Duration  *float64 `json:"duration_ms"`
	Bandwidth *float64 `json:"bandwidth_kbps"`
	Latency   *float64 `json:"latency_ms"`
}

// parseSabre reads a list of periods. sabre lets the latency vary, a Profile does
// not: a trace whose periods differ in it is refused.
func parseSabre(data []byte) (traceFile, error) {
	var periods []sabrePeriod
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&periods); err != nil {
		return traceFile{}, fmt.Errorf("not a trace: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return traceFile{}, errors.New("not a trace: something follows the closing bracket")
	}
	f := traceFile{}
	for i, p := range periods {
		f.Periods = append(f.Periods, []*float64{p.Duration, p.Bandwidth})
		switch {
		case i == 0:
			f.Latency = p.Latency
		case (p.Latency == nil) != (f.Latency == nil) || p.Latency != nil && *p.Latency != *f.Latency:
			return traceFile{}, fmt.Errorf("period %d: another latency_ms than period 1; a link has one", i+1)
		}
	}
	return f, nil
}

// parseColumns reads lines of two numbers: seconds and Mbit/s, as Pensieve's and
// Oboe's cooked traces have them. A rate holds from its time to the next line's;
// the last line only says when the trace ends.
func parseColumns(data []byte) (traceFile, error) {
	f := traceFile{}
	var at, rate float64
	line := 0
	for text := range strings.Lines(string(data)) {
		line++
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 2 {
			return traceFile{}, fmt.Errorf("line %d: want two numbers, seconds and Mbit/s", line)
		}
		next, err := strconv.ParseFloat(fields[0], 64)
		if err != nil {
			return traceFile{}, fmt.Errorf("line %d: %.40q is no time in seconds", line, fields[0])
		}
		mbps, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			return traceFile{}, fmt.Errorf("line %d: %.40q is no rate in Mbit/s", line, fields[1])
		}
		if line > 1 {
			if !(next > at) {
				return traceFile{}, fmt.Errorf("line %d: time %v does not come after %v", line, next, at)
			}
			ms, kbps := (next-at)*1000, rate*1000
			f.Periods = append(f.Periods, []*float64{&ms, &kbps})
		}
		at, rate = next, mbps
	}
	if len(f.Periods) == 0 {
		return traceFile{}, errors.New("not a trace: want two lines of seconds and Mbit/s at least")
	}
	return f, nil
}
