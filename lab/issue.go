package lab

import (
	"encoding/json"
	"strconv"
	"time"

	"soak/token"
)

// Issue is what a good answer of the token API hands out: a token for no address and
// one for the client's, and where they lead. Ten thousand viewers ask for a million an
// hour, and mostly look at one of the two tokens: the other is signed, and the answer's
// text written, when somebody asks for it.
type Issue struct {
	lab      *Lab
	secret   int // that signs: after so many rotations
	token    string
	video    string
	clientIP string
	expires  int64
	kind     token.Kind
}

// Grant is the token for no address.
func (i *Issue) Grant() token.Grant { return token.Grant{Token: i.token, Expires: i.expires} }

// ClientIP is the client's address.
func (i *Issue) ClientIP() string { return i.clientIP }

// Bound is the token for that address, which expires with the other.
func (i *Issue) Bound() token.Grant {
	s := i.lab.signer.rotated(i.secret)
	return token.Grant{Token: s.Sign(i.video, i.expires, i.clientIP), Expires: i.expires}
}

// URL is where the playlist stands on an edge behind a token.
func (i *Issue) URL(edge Edge, g token.Grant) string { return i.lab.url(edge, i.playlist(g)) }

func (i *Issue) playlist(g token.Grant) token.Location {
	return token.Location{Kind: i.kind, Client: i.lab.signer.Client, Video: i.video, Grant: g, Rest: "master.m3u8"}
}

// grantJSON is the guide's answer, fields in its order.
type grantJSON struct {
	Token    string `json:"token"`
	TokenIP  string `json:"token_ip"`
	ClientIP string `json:"client_ip"`
	Expires  int64  `json:"expires"`
	URL      string `json:"url"`
	URLIP    string `json:"url_ip"`
}

func (i *Issue) json() grantJSON {
	bound := i.Bound()
	return grantJSON{
		Token: i.token, TokenIP: bound.Token, ClientIP: i.clientIP, Expires: i.expires,
		URL: i.URL(Plain, i.Grant()), URLIP: i.URL(IPBound, bound),
	}
}

// answer makes a the one that hands the issue out.
func (i *Issue) answer(a *Answer, now time.Time) {
	if *a = (Answer{}); i.bare() {
		a.ok("application/json", i.size(), now)
		a.body.issue = i
		return
	}
	text, err := json.Marshal(i.json())
	if err != nil {
		*a = failure(500, err.Error(), now)
		return
	}
	a.carry("application/json", text, now)
}

// bare tells whether nothing in the answer has to be escaped, so that its text is known
// but for being written. Expiries of ten digits are those until 2286.
func (i *Issue) bare() bool {
	return i.lab.frames[0] > 0 && i.expires >= 1e9 && i.expires < 1e10 && bare(i.video) && bare(i.clientIP)
}

// size is that of the text, if that is bare. Both tokens are as long, and stand in a URL
// besides.
func (i *Issue) size() int64 {
	return i.lab.frames[i.kind] + int64(4*len(i.token)+2*len(i.video)+len(i.clientIP))
}

// text is what json.Marshal writes, in fewer steps, if it is bare.
func (i *Issue) text() []byte {
	bound := i.Bound()
	return i.write(make([]byte, 0, i.size()), bound)
}

func (i *Issue) write(b []byte, bound token.Grant) []byte {
	at := i.playlist(i.Grant())
	b = append(append(b, `{"token":"`...), i.token...)
	b = append(append(b, `","token_ip":"`...), bound.Token...)
	b = append(append(b, `","client_ip":"`...), i.clientIP...)
	b = strconv.AppendInt(append(b, `","expires":`...), i.expires, 10)
	b = i.lab.appendURL(append(b, `,"url":"`...), Plain, &at)
	at.Grant = bound
	b = i.lab.appendURL(append(b, `","url_ip":"`...), IPBound, &at)
	return append(b, `"}`...)
}

// framed is the lab with the sizes of all that is the same in bare answers, by kind of
// stream; 0 where something of it would have to be escaped.
func (l *Lab) framed() *Lab {
	l.frames = [2]int64{}
	if bareURLs(&l.cfg, &l.hosts) {
		for kind := range l.frames {
			i := Issue{lab: l, kind: token.Kind(kind), expires: 1e9}
			l.frames[kind] = int64(len(i.write(nil, i.Grant())))
		}
	}
	return l
}
