package qoe

import "time"

// Exchange is a request of a player and how it went.
type Exchange struct {
	Fetch
	URL    string // as it was sent, tokens replaced by their hashes
	Final  string // where redirects led, likewise; empty when there were none
	Range  string // of bytes, as the header says it; empty for all
	Post   bool
	Detail string // one line on what went wrong
	Type   string // of the content
	Wire   *Wire  // nil when not known: virtual time has no sockets
}

// TokenCall is a call of the token API.
type TokenCall struct {
	Refresh
	URL string // tokens replaced by their hashes; empty for tokens that are signed here
}

// Decision is a change of the video's rendition as the player makes it: what is shown
// changes when the buffer has been played.
type Decision struct {
	At       time.Time
	From, To int64 // bits per second; From is 0 for the first
	Estimate int64 // what the player took its bandwidth for; 0 when it had no idea
	Buffer   time.Duration
}

// Wire is how an exchange went over its socket, as far as that was seen; of several
// because of redirects, the last. What did not happen took no time: a connection that
// was there already was neither looked up nor made.
type Wire struct {
	Blocked time.Duration // until a connection was free, or began to be made
	DNS     time.Duration
	Connect time.Duration
	TLS     time.Duration
	Send    time.Duration
	Reused  bool   // the connection was there already
	Remote  string // address that it led to
	Proto   string // of the answer: HTTP/1.1
	Header  []Header
}

// Header is a header field of an answer, tokens in it replaced by their hashes.
// Cookies and challenges are left out.
type Header struct{ Name, Value string }
