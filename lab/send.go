package lab

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Header values that never change, never written to.
var (
	anyOrigin   = []string{"*"}
	exposed     = []string{"Content-Length, Content-Range, Date, Retry-After"}
	exposedLess = []string{"Content-Length, Content-Range, Retry-After"}
	noStore     = []string{"no-store"}
	inBytes     = []string{"bytes"}
)

// send writes the answer. Nothing may be cached unless the answer says so: every
// request of a viewer is to meet the edge.
func (h handler) send(w http.ResponseWriter, r *http.Request, a Answer) {
	header := w.Header()
	header["Cache-Control"] = noStore
	header["Accept-Ranges"] = inBytes
	header["Content-Type"] = []string{a.ContentType}
	if a.Made == nil { // else nobody knows, and it goes out in chunks (RFC 9112 section 7.1)
		header["Content-Length"] = []string{strconv.FormatInt(a.Size, 10)}
	}
	header["Date"] = []string{a.Date.UTC().Format(http.TimeFormat)}
	for _, f := range a.Header {
		header.Set(f.Name, f.Value)
	}
	h.headers.withhold(header, a.Status)
	w.WriteHeader(a.Status)
	if r.Method == http.MethodHead {
		return
	}
	out := h.gather.Get().(*bufio.Writer)
	defer h.gather.Put(out)
	out.Reset(h.shaped(w, r, a))
	if _, err := a.WriteTo(out); err != nil || out.Flush() != nil {
		// The viewer has left, or the edge breaks off: nothing more to say. What was
		// written before the break still goes out.
		_ = http.NewResponseController(w).Flush() // no news if the viewer has left
		panic(http.ErrAbortHandler)
	}
}

// shaped is w, or w as slow and as short as the answer is to be.
func (h handler) shaped(w http.ResponseWriter, r *http.Request, a Answer) io.Writer {
	if a.Rate == 0 && a.Cut == 0 && a.Stall == 0 && a.Until.IsZero() && a.Made == nil {
		return w
	}
	s := &shaper{ctx: r.Context(), clock: h.clock, w: w, flush: http.NewResponseController(w).Flush, answer: a, left: a.Size}
	if a.Cut > 0 {
		s.left = a.Cut
	}
	s.begun = h.clock.Now()
	return s
}

// shaper writes a body at a pace, and breaks it off.
type shaper struct {
	ctx    context.Context
	clock  Clock
	w      io.Writer
	flush  func() error
	answer Answer
	begun  time.Time
	sent   int64
	left   int64 // until the cut
}

// stall waits where nothing comes any more, if that is here. What was sent before
// is on its way first.
func (s *shaper) stall() error {
	if s.answer.Stall == 0 || s.sent < s.answer.Stall {
		return nil
	}
	s.answer.Stall = 0
	if err := s.flush(); err != nil {
		return err
	}
	if s.answer.StallFor == 0 {
		<-s.ctx.Done()
		return errBroken
	}
	s.begun = s.begun.Add(s.answer.StallFor)
	return s.clock.Sleep(s.ctx, s.answer.StallFor)
}

var errBroken = errors.New("broken off")

// due tells whether all that has been made has been sent.
func (s *shaper) due() bool {
	return len(s.answer.Made) > 0 && s.sent >= s.answer.Made[0].Bytes
}

// await waits until the next part has been made, or until the answer is to break off.
// What was made before is on its way.
func (s *shaper) await() (waited bool, err error) {
	for s.due() {
		if s.answer.Made = s.answer.Made[1:]; len(s.answer.Made) == 0 {
			break
		}
		at := s.answer.Made[0].At
		if until := s.answer.Until; !until.IsZero() && until.Before(at) {
			at = until
		}
		if left := at.Sub(s.clock.Now()); left > 0 {
			s.begun, waited = s.begun.Add(left), true
			if err := s.clock.Sleep(s.ctx, left); err != nil {
				return waited, err
			}
		}
	}
	return waited, nil
}

// slice is how much of a second is sent at once: players that watch the progress
// of a transfer look ten times a second.
const slice = 50 * time.Millisecond

func (s *shaper) Write(b []byte) (int, error) {
	done := 0
	for done < len(b) {
		if until := s.answer.Until; !until.IsZero() && !s.clock.Now().Before(until) {
			return done, errBroken
		}
		if err := s.stall(); err != nil {
			return done, err
		}
		if waited, err := s.await(); err != nil {
			return done, err
		} else if waited {
			continue // it may be broken off by now
		}
		n := s.next(len(b) - done)
		if err := s.pause(n); err != nil {
			return done, err
		}
		n, err := s.w.Write(b[done : done+n])
		done += n
		s.sent += int64(n)
		s.left -= int64(n)
		if err == nil && (s.answer.Rate > 0 || s.due()) {
			err = s.flush()
		}
		if err == nil && s.left <= 0 && s.answer.Cut > 0 {
			err = errBroken
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// next is how much of n bytes is sent at once.
func (s *shaper) next(n int) int {
	if rate := s.answer.Rate; rate > 0 {
		n = min(n, max(1, int(rate*int64(slice)/(8*int64(time.Second)))))
	}
	if s.answer.Stall > 0 {
		n = int(min(int64(n), s.answer.Stall-s.sent))
	}
	if len(s.answer.Made) > 0 {
		n = int(min(int64(n), s.answer.Made[0].Bytes-s.sent))
	}
	return int(min(int64(n), s.left))
}

// pause waits until the next n bytes are due: at a pace, the last byte of a body
// arrives when all of it has had its time, not a slice earlier.
func (s *shaper) pause(n int) error {
	if s.answer.Rate == 0 {
		return nil
	}
	due := time.Duration(float64(s.sent+int64(n)) * 8 / float64(s.answer.Rate) * float64(time.Second))
	return s.clock.Sleep(s.ctx, due-s.clock.Now().Sub(s.begun))
}
