package live

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"
)

// Config says where a server listens and whom it lets in.
type Config struct {
	// Address is HOST:PORT; without a host it is loopback, and port 0 takes a free one.
	Address string
	// Token is what visitors must bring. "" = nothing, and then only loopback is
	// listened on.
	Token string
	// Now is the real clock.
	Now func() time.Time
}

// ShortestToken is how long a token must be at least, in bytes.
const ShortestToken = 16

// ErrOpen tells that others could reach a server that lets everybody in.
var ErrOpen = errors.New("other machines could reach it and stop the run: listen on loopback, or set a token")

// address is where to listen.
func (c Config) address() (string, error) {
	host, port, err := net.SplitHostPort(c.Address)
	if err != nil {
		return "", fmt.Errorf("address %.60q: write HOST:PORT or :PORT, as in 127.0.0.1:8089", c.Address)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return "", fmt.Errorf("address %.60q: use a port from 0 (any) to 65535", c.Address)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	if c.Token != "" && len(c.Token) < ShortestToken {
		return "", fmt.Errorf("token of %d bytes: use %d or more", len(c.Token), ShortestToken)
	}
	if c.Token == "" && !isLoopback(host) {
		return "", fmt.Errorf("address %.60q: %w", c.Address, ErrOpen)
	}
	return net.JoinHostPort(host, port), nil
}

// Validate tells what keeps a server from listening.
func (c Config) Validate() error {
	_, err := c.address()
	return err
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
