package events

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"soak/fleet"
	"soak/qoe"
)

const (
	maxLine    = 8 << 20   // bytes; the first line has the scenario in it
	maxViewers = 1_000_000 // as scenarios have at most
	maxGroups  = 1000      // of viewers; scenarios have 200 cohorts at most
)

// Recording is what a file of events told.
type Recording struct {
	Head
	// Result is that of the run, folded from its samples.
	Result *fleet.Result
	// Damage is why the file is not whole, with the line; nil when it is. The result
	// then covers what stands before.
	Damage error
}

// Read folds a file of events, compressed or not. It is an error when not even the
// first line can be read. With diaries viewers keep them even where the run had none.
func Read(r io.Reader, diaries bool) (*Recording, error) {
	buffered := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) { // RFC 1952, 2.3.1
		gz, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("events: %w", err)
		}
		r = gz
	} else {
		r = buffered
	}
	f := &fold{diaries: diaries, viewers: map[int]*qoe.Viewer{}, groups: map[qoe.Labels]bool{}}
	err := f.read(r)
	if f.shard == nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	f.Result.Summary, f.Damage = f.shard.Summary(), err
	return &f.Recording, nil
}

// fold is a file being read.
type fold struct {
	Recording
	codec   *codec
	shard   *qoe.Shard
	viewers map[int]*qoe.Viewer
	groups  map[qoe.Labels]bool
	lines   int64
	pairs   []pair
	ended   bool
	diaries bool
}

func (f *fold) read(r io.Reader) error {
	text := bufio.NewScanner(r)
	text.Buffer(make([]byte, 1<<16), maxLine)
	for text.Scan() {
		f.lines++
		err := f.line(text.Bytes())
		if errors.Is(err, errNoObject) && !text.Scan() {
			return fmt.Errorf("line %d: the file is cut off here", f.lines)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", f.lines, err)
		}
	}
	switch err := text.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("line %d: is longer than %d bytes", f.lines+1, maxLine)
	case err != nil && !f.ended:
		return fmt.Errorf("line %d: the file is cut off here: %w", f.lines+1, err)
	case err != nil:
		return fmt.Errorf("after line %d, the last: %w", f.lines, err)
	case f.lines == 0:
		return errors.New("the file is empty")
	case !f.ended:
		return fmt.Errorf("line %d: the file is cut off behind it: no line tells the end of the run", f.lines)
	}
	return nil
}

var errNotEvents = errors.New(`is not the first one of a file of events, as soak run --events writes them`)

// line takes one in.
func (f *fold) line(text []byte) (err error) {
	if f.pairs, err = scan(text, f.pairs[:0]); err != nil {
		if f.lines == 1 {
			return errNotEvents
		}
		return err
	}
	event, _ := unquoted(f.value("event"))
	switch {
	case f.lines == 1 && event != "run":
		return errNotEvents
	case f.lines == 1:
		return f.begin(text)
	case event == "run":
		return errors.New("begins another run: a file has one")
	case f.ended:
		return errors.New("stands behind the end of the run")
	case event == "end":
		return f.end(text)
	case event == "viewer":
		return f.come(text)
	case event == "causes":
		return f.blame(text)
	}
	return f.sample(event)
}

// value is what the line has by that name; nil for nothing.
func (f *fold) value(name string) []byte {
	for _, p := range f.pairs {
		if p.name == name {
			return p.value
		}
	}
	return nil
}

func (f *fold) begin(text []byte) error {
	var h headLine
	if err := json.Unmarshal(text, &h); err != nil {
		return fmt.Errorf("%w: %w", errNotEvents, err)
	}
	if h.Schema != Schema {
		return fmt.Errorf("has schema %.40q, this soak reads %q: use the soak that wrote it", h.Schema, Schema)
	}
	if y := h.Started.Year(); y < 1970 || y > 9999 {
		return fmt.Errorf("started in the year %d", y)
	}
	codec, err := newCodec(h.Started)
	if err != nil {
		return err
	}
	f.codec, f.Head, f.shard = codec, h.Head, qoe.NewShard(h.Started)
	f.Result = &fleet.Result{Scenario: h.Scenario, Virtual: h.Virtual, Started: h.Started}
	return nil
}

func (f *fold) come(text []byte) error {
	var l viewerLine
	if err := json.Unmarshal(text, &l); err != nil {
		return err
	}
	f.groups[l.Labels] = true
	switch {
	case l.Viewer < 0 || l.Viewer >= maxViewers:
		return fmt.Errorf("viewer %d: numbers go from 0 to %d", l.Viewer, maxViewers-1)
	case f.viewers[l.Viewer] != nil:
		return fmt.Errorf("viewer %d came before", l.Viewer)
	case len(f.groups) > maxGroups:
		return fmt.Errorf("more than %d kinds of viewers", maxGroups)
	}
	v := f.shard.Viewer(l.Viewer, l.Labels)
	if f.diaries || f.Diaries {
		v.KeepDiary()
	}
	f.viewers[l.Viewer] = v
	return nil
}

func (f *fold) blame(text []byte) error {
	var l causesLine
	if err := json.Unmarshal(text, &l); err != nil {
		return err
	}
	v, err := f.viewer(l.Viewer)
	if err != nil {
		return err
	}
	v.Blame(l.Causes)
	return nil
}

func (f *fold) viewer(number int) (*qoe.Viewer, error) {
	v := f.viewers[number]
	if v == nil {
		return nil, fmt.Errorf("viewer %d has not come before", number)
	}
	return v, nil
}

func (f *fold) sample(event string) error {
	l := f.codec.byName[event]
	if l == nil {
		return fmt.Errorf("event %.40q is not known: use the soak that wrote the file, %.40s", event, f.Soak)
	}
	number, err := strconv.Atoi(string(f.value("viewer")))
	if err != nil {
		return fmt.Errorf("%s of no viewer", event)
	}
	v, err := f.viewer(number)
	if err != nil {
		return err
	}
	s, err := f.codec.sample(l, f.pairs)
	if err != nil {
		return fmt.Errorf("%s: %w", event, err)
	}
	if fetch, ok := s.(qoe.Fetch); ok {
		v.Fetched(&fetch)
	} else {
		v.Emit(s)
	}
	return nil
}

func (f *fold) end(text []byte) error {
	var l endLine
	if err := json.Unmarshal(text, &l); err != nil {
		return err
	}
	switch {
	case l.Lines != f.lines:
		return fmt.Errorf("the run wrote %d lines, the file has %d", l.Lines, f.lines)
	case l.Viewers != len(f.viewers):
		return fmt.Errorf("%d viewers came, the file has %d", l.Viewers, len(f.viewers))
	}
	r := f.Result
	if l.Scenario != nil {
		r.Scenario, f.Head.Scenario, f.Head.File = *l.Scenario, *l.Scenario, l.File
	}
	for _, h := range l.ByHand {
		r.ByHand = append(r.ByHand, fleet.Intervention{At: time.Duration(h.At), What: h.What})
	}
	if a := l.Aborted; a != nil {
		if a.Threshold < 0 || a.Threshold >= len(f.Scenario.Conditions()) {
			return fmt.Errorf("threshold %d ended the run, of %d", a.Threshold, len(f.Scenario.Conditions()))
		}
		r.Aborted = abort(a)
	}
	if len(l.Generator) > 0 {
		if err := json.Unmarshal(l.Generator, &r.Health); err != nil {
			return fmt.Errorf("generator: %w", err)
		}
	}
	r.Interrupted, r.Elapsed, r.Manifests = l.Interrupted, time.Duration(l.Elapsed), l.Manifests
	f.ended = true
	return nil
}
