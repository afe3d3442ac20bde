package refresher

import (
	"time"

	"soak/loop"
	"soak/qoe"
	"soak/token"
)

// Answer is what came of one call of the token API.
type Answer struct {
	Grant    token.Grant // the plain token and its expiry
	TokenIP  string      // the token bound to ClientIP, with the same expiry
	ClientIP string      // the viewer's address as the API saw it
	URL      string      // multivariant playlist with the plain token; may be empty
	URLIP    string      // the same with the bound token

	// Problem says what is wrong with the fields of a well-formed answer; a policy
	// that is Sane takes the call for failed.
	Problem error
	// Literal is what a script reads from the answer's fields without checking them.
	// Nil means just Grant and TokenIP.
	Literal *Literal

	Status     int           // HTTP status; 0 when there was no answer
	Failure    qoe.Failure   // NoFailure: a 2xx with a JSON object
	Detail     string        // one line for a person, no token
	RetryAfter time.Duration // from the Retry-After header; 0 when absent
	Date       time.Time     // the Date header; zero when absent

	// Start and End bound the call by the source's clock, which is the true one even
	// where the viewer's is skewed. Zero: the viewer's clock is used.
	Start, End time.Time
}

// OK tells whether the call was answered at all: what `await res.json()` returns
// from. The fields may still be nonsense; see Problem.
func (a Answer) OK() bool { return a.Failure == qoe.NoFailure }

// Source is the token API as a viewer reaches it.
type Source interface {
	// Call starts call number n, 1 for the first. It calls done on the loop, exactly
	// once, never before Call has returned, and never after cancel.
	Call(n int, done func(Answer)) (cancel func(why qoe.Failure))
}

// Clock is the viewer's clock, which may be wrong, and its timers, which are
// monotonic all the same, as setTimeout is. A [loop.Loop] is one.
type Clock interface {
	Now() time.Time
	// Set arms t anew, or a timer that nobody stops when t is nil.
	Set(t *loop.Timer, d time.Duration, fn func())
}

// TrueClock is a Clock that also knows the true time, for samples. Of other clocks
// Now is taken for it.
type TrueClock interface {
	Clock
	True() time.Time
}
