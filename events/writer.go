package events

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"soak/fleet"
	"soak/qoe"
)

// flushEvery is after how many bytes of lines the file is brought up to date, so that
// one that a kill cuts off is readable up to there.
const flushEvery = 1 << 20

// Writer writes the file of one run. It may be told of samples by many goroutines at
// once, and keeps nothing of them. The first error stays and comes from Close; what is
// told after it is lost.
type Writer struct {
	head  Head
	codec *codec

	mu      sync.Mutex
	gz      *gzip.Writer // nil: lines as they are
	out     *bufio.Writer
	err     error
	lines   int64
	viewers int
	fresh   int // bytes since the last flush
}

// NewWriter makes a writer of what the head tells, but for its Started, which the run
// will tell. It does not close w.
func NewWriter(w io.Writer, compress bool, h Head) *Writer {
	e := &Writer{head: h}
	if compress {
		e.gz, e.err = gzip.NewWriterLevel(w, gzip.BestSpeed)
		w = e.gz
	}
	e.out = bufio.NewWriterSize(w, 1<<16)
	return e
}

// Observer writes what it is told.
func (e *Writer) Observer() *fleet.Observer {
	return &fleet.Observer{
		Begin:  e.begin,
		Viewer: e.viewer,
		Causes: func(viewer int, c qoe.Causes) { e.put(causesLine{"causes", viewer, c}) },
		Sample: e.sample,
	}
}

// begin writes the first line.
func (e *Writer) begin(start time.Time) {
	c, err := newCodec(start)
	if err != nil {
		e.write(nil, err)
		return
	}
	e.codec, e.head.Started = c, start.UTC()
	e.put(headLine{"run", Schema, e.head})
}

func (e *Writer) viewer(viewer int, l qoe.Labels) {
	e.put(viewerLine{"viewer", viewer, l})
	e.mu.Lock()
	defer e.mu.Unlock()
	e.viewers++
}

// sample writes one line, made before anybody has to wait for it.
func (e *Writer) sample(viewer int, s qoe.Sample) {
	line, err := e.codec.append(make([]byte, 0, 384), viewer, s)
	e.write(append(line, "}\n"...), err)
}

// put writes a line that is no sample.
func (e *Writer) put(line any) {
	text, err := json.Marshal(line)
	e.write(append(text, '\n'), err)
}

func (e *Writer) write(line []byte, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return
	}
	if e.err = err; err != nil {
		return
	}
	_, e.err = e.out.Write(line)
	e.lines++
	if e.fresh += len(line); e.fresh >= flushEvery && e.err == nil {
		e.fresh = 0
		e.err = e.flush()
	}
}

func (e *Writer) flush() error {
	if err := e.out.Flush(); err != nil || e.gz == nil {
		return err
	}
	return e.gz.Flush()
}

// Close ends the file with what is known when the run is over: its result, and the
// scenario as a file, which faults that were injected have changed.
func (e *Writer) Close(r *fleet.Result, file string) error {
	end, err := e.end(r)
	if err != nil {
		return err
	}
	if file != e.head.File {
		end.Scenario, end.File = &r.Scenario, file
	}
	e.put(end)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return e.err
	}
	if err := e.out.Flush(); err != nil || e.gz == nil {
		return err
	}
	return e.gz.Close()
}

func (e *Writer) end(r *fleet.Result) (endLine, error) {
	end := endLine{Event: "end", Lines: e.lines + 1, Viewers: e.viewers, Interrupted: r.Interrupted, Manifests: r.Manifests}
	if a := r.Aborted; a != nil {
		end.Aborted = &abortLine{a.Threshold, seconds(a.At), a.Outcome}
	}
	for _, i := range r.ByHand {
		end.ByHand = append(end.ByHand, handLine{seconds(i.At), i.What})
	}
	if r.Virtual { // which says nothing of when and how fast it was computed
		return end, nil
	}
	end.Elapsed = seconds(r.Elapsed)
	health, err := json.Marshal(r.Health)
	if err != nil {
		return end, fmt.Errorf("generator's health: %w", err)
	}
	end.Generator = health
	return end, nil
}
