package lab

import (
	"context"
	"io"
	"time"
)

type body struct{}

func (b body) bytes() []byte                      { return nil }
func (b body) writeTo(w io.Writer) (int64, error) { return 0, nil }

const gop = time.Second

type track struct{ least int64 }

var pictures = [3]track{{100_000}, {200_000}, {300_000}}
var sound = track{64_000}

func pictureOf(rung, rungs int) int { return 0 }

// Lab is the origin, both edges and the token API.
type Lab struct{ hosts Hosts }

// Hosts are the URLs under which the parts of a lab are reached: what the token
// API writes into url and url_ip.
type Hosts struct {
	Plain   string // base URL of the plain edge, no slash at the end
	IPBound string // base URL of the IP-bound edge
	API     string // the token API itself, without a query
}

// VirtualHosts are the hosts of a lab that does not listen.
func VirtualHosts() Hosts {
	return Hosts{Plain: "http://edge.lab", IPBound: "http://edge-ip.lab", API: "http://api.lab/api/token"}
}

// New makes a lab. epoch is the zero of scenario time, from which outages count.
func New(cfg Config, seed uint64, epoch time.Time) (*Lab, error) { return nil, nil }

// Hosts are where this lab's URLs point.
func (l *Lab) Hosts() Hosts { return l.hosts }

// Edge judges a request and answers it from the origin. It may be called from
// any goroutine.
func (l *Lab) Edge(r Request, now time.Time) Answer { return Answer{} }

// Token answers a call of the token API. Its queue is shared: calls are made in
// order of time.
func (l *Lab) Token(r Request, now time.Time) Answer { return Answer{} }

// Clock is the time that a listening lab lives in.
type Clock struct {
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
}

// The headers by which soak's viewers say who calls the token API, and for the
// how manieth time.
const (
	ViewerHeader = "Soak-Viewer"
	CallHeader   = "Soak-Call"
)

// Server is a lab that listens. Hosts are its URLs.
type Server struct{ Hosts }

// Listen serves the lab until ctx is done or the server is closed.
func (l *Lab) Listen(ctx context.Context, clock Clock) (*Server, error) { return nil, nil }

// Close stops the servers and waits until every goroutine of theirs has ended.
func (s *Server) Close() error { return nil }
