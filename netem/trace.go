package netem

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	maxTrace = 16 << 20 // bytes; the longest real trace at hand has 100 kB
	// defaultLatency stands in where a trace does not tell its own.
	defaultLatency = 80 * time.Millisecond
)

// LoadTrace reads a measured link from a file, in one of three forms. The first
// character tells which:
//
//	{"source": "hsdpa3g", "file": "2010-09-13_1003CEST", "latency_ms": 80, "periods": [[1000, 1447.9], …]}
//	[{"duration_ms": 1000, "bandwidth_kbps": 1447.9, "latency_ms": 80}, …]    sabre's network.json
//	0.0  1.4479                                                               seconds and Mbit/s, as Pensieve and Oboe
//	1.0  0.9121
//
// A bandwidth of 0 is an outage, and the trace starts over at the end. latency_ms
// becomes the RTT (80 ms where it is not told). The profile is named after the file, scatters its viewers over the
// trace and has neither loss nor TLS: set what else applies.
func LoadTrace(path string) (Profile, error) {
	data, err := readTrace(path)
	if err != nil {
		return Profile{}, err
	}
	p, err := parseTrace(data)
	if err != nil {
		return Profile{}, fmt.Errorf("trace %s: %w", path, err)
	}
	p.Name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	p.Trace = path
	return p, nil
}

// readTrace looks before it opens: opening a pipe or a terminal would wait.
func readTrace(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("trace %s: %w", path, errors.Unwrap(err))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("trace %s: not a regular file", path)
	}
	if info.Size() > maxTrace {
		return nil, fmt.Errorf("trace %s: %d bytes; at most %d are read", path, info.Size(), maxTrace)
	}
	return os.ReadFile(path)
}

type traceFile struct {
	Source  string       `json:"source"`
	File    string       `json:"file"`
	Latency *float64     `json:"latency_ms"`
	Periods [][]*float64 `json:"periods"` // pointers, so that null is not taken for 0
}

func parseTrace(data []byte) (Profile, error) {
	f, err := readForm(data)
	if err != nil {
		return Profile{}, err
	}
	if len(f.Periods) == 0 {
		return Profile{}, errors.New("periods: none")
	}
	p := Profile{RTT: defaultLatency, Scatter: true, Steps: make([]Step, 0, len(f.Periods))}
	if f.Latency != nil {
		p.RTT = milliseconds(*f.Latency)
	}
	for i, period := range f.Periods {
		if len(period) != 2 || period[0] == nil || period[1] == nil {
			return Profile{}, fmt.Errorf("period %d: want [duration_ms, bandwidth_kbps]", i+1)
		}
		p.Steps = append(p.Steps, Step{For: milliseconds(*period[0]), Kbps: *period[1]})
	}
	for i, s := range p.Steps {
		if s.For <= 0 { // Validate lets a single step do without
			return Profile{}, fmt.Errorf("period %d: duration_ms must be more than 0", i+1)
		}
	}
	if err := p.Validate(); err != nil {
		return Profile{}, err
	}
	return p, nil
}

// readForm reads whichever form the data have.
func readForm(data []byte) (traceFile, error) {
	var f traceFile
	switch first := bytes.TrimLeft(data, " \t\r\n"); {
	case len(first) > 0 && first[0] == '[':
		return parseSabre(data)
	case len(first) > 0 && strings.IndexByte("0123456789.+-", first[0]) >= 0:
		return parseColumns(data)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return f, fmt.Errorf("not a trace: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return f, errors.New("not a trace: something follows the closing brace")
	}
	return f, nil
}

// milliseconds converts to a Duration; what does not fit becomes the nearest that
// does, for Validate to refuse.
func milliseconds(ms float64) time.Duration {
	ns := math.Round(ms * float64(time.Millisecond))
	switch {
	case ns >= math.MaxInt64:
		return math.MaxInt64
	case ns <= math.MinInt64:
		return math.MinInt64
	}
	return time.Duration(ns)
}
