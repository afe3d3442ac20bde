package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"time"

	"soak/lab"
)

// Control is what can be done to the run that is shown. A nil function is something
// that cannot be done now.
type Control struct {
	Start  func() error
	Stop   func() error
	Hold   func(bool) error
	Inject func(lab.Injection) error
}

var errNotNow = errors.New("this cannot be done now")

// maxBody is more than any action needs, in bytes.
const maxBody = 4096

// act does what a page or a script asks for: POST /control/ACTION with a JSON object.
func (s *Server) act(w http.ResponseWriter, r *http.Request) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		http.Error(w, "send Content-Type: application/json", http.StatusUnsupportedMediaType)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(s.cfg.Now().Add(patience)) // recorders in tests have none
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the body is too long or broke off", http.StatusBadRequest)
		return
	}
	do, err := s.action(r.PathValue("action"), body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := do(); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	s.refresh()
	w.WriteHeader(http.StatusNoContent)
}

// action is what a name and a body ask for.
func (s *Server) action(name string, body []byte) (func() error, error) {
	c := s.controls()
	simply := func(do func() error) (func() error, error) {
		if do == nil {
			do = func() error { return errNotNow }
		}
		return do, nil
	}
	hold := func(hold bool) (func() error, error) {
		if c.Hold == nil {
			return simply(nil)
		}
		return simply(func() error { return c.Hold(hold) })
	}
	switch name {
	case "start":
		return simply(c.Start)
	case "stop":
		return simply(c.Stop)
	case "hold":
		return hold(true)
	case "resume":
		return hold(false)
	case "inject":
		i, err := injection(body)
		if err != nil || c.Inject == nil {
			return func() error { return errNotNow }, err
		}
		return func() error { return c.Inject(i) }, nil
	}
	return nil, fmt.Errorf("action %.40q is none: use start, stop, hold, resume or inject", name)
}

// wanted is an injection as JSON.
type wanted struct {
	Kind        string  `json:"kind"`
	Seconds     float64 `json:"seconds"`
	DelayMillis float64 `json:"delayMillis"`
	Status      int     `json:"status"`
}

func injection(body []byte) (lab.Injection, error) {
	var in wanted
	if err := json.Unmarshal(body, &in); err != nil {
		return lab.Injection{}, errors.New(`a fault is JSON: {"kind": "api-outage", "seconds": 10}`)
	}
	i := lab.Injection{Kind: in.Kind, For: duration(in.Seconds, time.Second), Delay: duration(in.DelayMillis, time.Millisecond), Status: in.Status}
	return i, i.Validate()
}

// duration is so many units, whole milliseconds; what is beyond bounds is no valid
// injection's.
func duration(n float64, unit time.Duration) time.Duration {
	return time.Duration(math.Max(-1, math.Min(n*float64(unit), float64(24*time.Hour)))).Truncate(time.Millisecond)
}
