package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"soak/token"
)

// HTTP is an Asker over the network. Redirects are followed, as by fetch in a
// browser. Every question has a connection of its own, so that none is answered on
// one that another address opened.
type HTTP struct {
	// Agent is the User-Agent: it tells whoever reads the server's logs what this was.
	Agent string
	Now   func() time.Time
}

// requestTimeout bounds one request, its body included.
const requestTimeout = 20 * time.Second

// maxBody is how much of a body is kept.
const maxBody = 8 << 20

// Ask implements Asker.
func (h HTTP) Ask(ctx context.Context, q Question) (Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, q.URL, nil)
	if err != nil {
		return Reply{}, errors.New("URL cannot be parsed") // url.Error would quote it
	}
	req.Header.Set("User-Agent", h.Agent)
	for name, value := range q.Header {
		req.Header.Set(name, value)
	}
	dialer := &net.Dialer{Timeout: requestTimeout}
	if q.From != "" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(q.From)}
	}
	transport := &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment}
	defer transport.CloseIdleConnections()
	r := Reply{Start: h.Now()}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return Reply{}, bare(err)
	}
	defer resp.Body.Close()
	r.FirstByte, r.URL, r.Status, r.Header = h.Now(), resp.Request.URL.String(), resp.StatusCode, resp.Header
	if q.Media {
		r.Bytes, err = io.Copy(io.Discard, resp.Body)
	} else {
		r.Body, err = io.ReadAll(io.LimitReader(resp.Body, maxBody))
		r.Bytes = int64(len(r.Body))
	}
	r.End, r.Broken = h.Now(), err != nil
	return r, nil
}

// bare is an error of net/http without the URL it quotes.
func bare(err error) error {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err
	}
	if text := token.Redact(err.Error()); text != err.Error() {
		return errors.New(text)
	}
	return fmt.Errorf("%w", err)
}
