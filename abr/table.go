package abr

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Table is a video by the sizes of its segments.
type Table struct {
	Name      string
	Bitrates  []int64         // bits per second by rung, ascending: what the manifest declares
	Durations []time.Duration // by segment
	Sizes     [][]int64       // bits, by segment and rung
}

// Duration is how long the video lasts.
func (t Table) Duration() time.Duration {
	var d time.Duration
	for _, s := range t.Durations {
		d += s
	}
	return d
}

// Limits of a table; beyond them a figure is a slip of the pen.
const (
	maxFile     = 64 << 20 // bytes
	maxSegments = 20_000
	maxRungs    = 64
	maxBits     = 1 << 40 // of a segment: 128 GB
	minSegment  = 10 * time.Millisecond
	maxSegment  = 10 * time.Minute
	maxKbps     = 1e9
)

// tableFile is sabre's movie.json, with segment_durations_ms in addition.
type tableFile struct {
	Duration  *float64          `json:"segment_duration_ms"`
	Durations []*float64        `json:"segment_durations_ms"`
	Bitrates  []*float64        `json:"bitrates_kbps"`
	Sizes     []json.RawMessage `json:"segment_sizes_bits"`
}

// Load reads a table from a file, in the form that [Parse] knows.
func Load(path string) (Table, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return Table{}, fmt.Errorf("table %s: %w", path, errors.Unwrap(err))
	case !info.Mode().IsRegular(): // opening a pipe or a terminal would wait
		return Table{}, fmt.Errorf("table %s: not a regular file", path)
	case info.Size() > maxFile:
		return Table{}, fmt.Errorf("table %s: %d bytes; at most %d are read", path, info.Size(), maxFile)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Table{}, fmt.Errorf("table %s: %w", path, errors.Unwrap(err))
	}
	t, err := Parse(data)
	if err != nil {
		return Table{}, fmt.Errorf("table %s: %w", path, err)
	}
	t.Name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	return t, nil
}

// Parse reads a table:
//
//	{"segment_duration_ms": 3000, "bitrates_kbps": [230, 477],
//	 "segment_sizes_bits": [[886360, 1784376], [725160, 1521456]]}
//
// One row a segment, one column a bit rate. segment_durations_ms, one number a
// segment, may stand in place of segment_duration_ms. Segments and rungs are
// counted from 0, in errors too.
func Parse(data []byte) (Table, error) {
	var f tableFile
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return Table{}, fmt.Errorf("not a table of segment sizes: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Table{}, errors.New("not a table of segment sizes: something follows the closing brace")
	}
	t := Table{}
	for _, read := range []func(tableFile) error{t.readBitrates, t.readSizes, t.readDurations} {
		if err := read(f); err != nil {
			return Table{}, err
		}
	}
	return t, nil
}

func (t *Table) readBitrates(f tableFile) error {
	if n := len(f.Bitrates); n == 0 || n > maxRungs {
		return fmt.Errorf("bitrates_kbps: %d rungs; from 1 to %d are possible", n, maxRungs)
	}
	for i, kbps := range f.Bitrates {
		if kbps == nil || !(*kbps >= 0.001 && *kbps <= maxKbps) {
			return fmt.Errorf("bitrates_kbps: rung %d: must be between 0.001 and %g", i, float64(maxKbps))
		}
		rate := int64(math.Round(*kbps * 1000))
		if i > 0 && rate <= t.Bitrates[i-1] {
			return fmt.Errorf("bitrates_kbps: rung %d: %v is not above rung %d; list them ascending", i, *kbps, i-1)
		}
		t.Bitrates = append(t.Bitrates, rate)
	}
	return nil
}

func (t *Table) readSizes(f tableFile) error {
	if n := len(f.Sizes); n == 0 || n > maxSegments {
		return fmt.Errorf("segment_sizes_bits: %d segments; from 1 to %d are possible", n, maxSegments)
	}
	t.Sizes = make([][]int64, len(f.Sizes))
	for i, raw := range f.Sizes {
		var row []json.RawMessage
		if err := json.Unmarshal(raw, &row); err != nil || len(row) != len(t.Bitrates) {
			return fmt.Errorf("segment_sizes_bits: segment %d: want a list of %d sizes, one a bit rate", i, len(t.Bitrates))
		}
		t.Sizes[i] = make([]int64, len(row))
		for r, cell := range row {
			bits, err := strconv.ParseInt(string(cell), 10, 64)
			if err != nil || bits < 1 || bits > maxBits {
				return fmt.Errorf("segment_sizes_bits: segment %d, rung %d: %.40s: want a whole number of bits from 1 to %d", i, r, cell, int64(maxBits))
			}
			t.Sizes[i][r] = bits
		}
	}
	return nil
}

func (t *Table) readDurations(f tableFile) error {
	if (f.Duration == nil) == (f.Durations == nil) {
		return errors.New("give segment_duration_ms or segment_durations_ms, not both")
	}
	if f.Durations != nil && len(f.Durations) != len(t.Sizes) {
		return fmt.Errorf("segment_durations_ms: %d durations for %d segments", len(f.Durations), len(t.Sizes))
	}
	t.Durations = make([]time.Duration, len(t.Sizes))
	for i := range t.Durations {
		ms, where := f.Duration, "segment_duration_ms"
		if ms == nil {
			ms, where = f.Durations[i], fmt.Sprintf("segment_durations_ms: segment %d", i)
		}
		if ms == nil || !(*ms >= float64(minSegment/time.Millisecond) && *ms <= float64(maxSegment/time.Millisecond)) {
			return fmt.Errorf("%s: must be between %d and %d", where, minSegment/time.Millisecond, maxSegment/time.Millisecond)
		}
		t.Durations[i] = time.Duration(math.Round(*ms * float64(time.Millisecond)))
	}
	return nil
}
