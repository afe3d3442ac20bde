package lab

import (
	"io"
	"time"
)

// Edge says which of the edges a request went to.
type Edge uint8

// The edges. Plain takes tokens signed without an address, IPBound those signed
// for the client's. Second is where faults redirect to; it takes the tokens that
// it is configured to.
const (
	Plain Edge = iota
	IPBound
	Second
)

// Request is what the lab sees of an HTTP GET.
type Request struct {
	Edge     Edge
	Path     string // as sent, with its leading slash
	RawQuery string
	// ClientIP is the peer's address, and Forwarded what X-Real-IP or else
	// X-Forwarded-For says; empty when neither does. Which of the two counts is
	// Config.Forwarded's to say.
	ClientIP, Forwarded string
	Range               string // the Range header; only one range of bytes is understood
	// Viewer and Call say whose request this is and, of the token API, which call of
	// that viewer, counted from 1, so that faults strike the same calls in every run.
	// Negative when unknown; call 0 is nobody's and is struck by none of API.Faults.
	Viewer, Call int
	// Directory, when not nil, is what is known of where the file is, and Name the file
	// in it: then Path is not looked at.
	Directory *Directory
	Name      string
	found     named // of the name
	// SignedIn tells that it came with an Authorization header or a cookie.
	SignedIn bool
}

// Field is one response header.
type Field struct{ Name, Value string }

// Answer is what the lab says to one request. Its body is made when it is asked
// for; Size is known without.
type Answer struct {
	Status      int
	ContentType string
	Header      []Field       // beyond Content-Type, Content-Length, Date and CORS
	Size        int64         // body bytes, after the range was applied
	Delay       time.Duration // how long after the request's arrival the answer leaves
	Hang        bool          // never answered: the client has to give up
	Rate        int64         // bit/s at which the body is sent; 0: as fast as can be
	Cut         int64         // bytes of the body after which the connection breaks; 0: it does not
	Refused     bool          // the connection is refused: there is no answer
	Reset       bool          // the connection breaks instead of an answer
	Stall       int64         // bytes of the body after which nothing comes for StallFor; 0: it does not stop
	StallFor    time.Duration // 0: for ever
	Made        []Made        // of a body that is still being made: each part is sent when there is all of it; nil: it is there
	Until       time.Time     // when the connection breaks if the answer is not through; zero: never
	Reason      string        // why it is not a 2xx, one line, no token
	Date        time.Time     // the Date header: when the answer leaves, in whole seconds; zero: absent

	body body
}

// Location is where a redirect leads; empty for other answers.
func (a Answer) Location() string {
	if a.Status < 300 || a.Status > 399 {
		return ""
	}
	for _, f := range a.Header {
		if f.Name == "Location" {
			return f.Value
		}
	}
	return ""
}

// Issue is what the token API hands out with the answer, for who need not read its
// text; nil where there is nothing but the text.
func (a *Answer) Issue() *Issue { return a.body.issue }

// Body is the whole body. Manifests and token answers are shared between
// callers: do not write to it.
func (a Answer) Body() []byte { return a.Whole() }

// Whole is Body for who keeps the answer: it need not be copied.
func (a *Answer) Whole() []byte {
	if a.body.media == nil && a.body.issue == nil {
		return a.body.text
	}
	return a.body.made()
}

// WriteTo writes the body without building it in memory.
func (a Answer) WriteTo(w io.Writer) (int64, error) { return a.body.writeTo(w) }
