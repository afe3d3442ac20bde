package otlp

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"soak/telemetry"
)

// Config says where to push.
type Config struct {
	// URL is the collector's: http://127.0.0.1:4318. Without a path it is completed by
	// /v1/metrics.
	URL string
	// Headers are sent along, as OTEL_EXPORTER_OTLP_HEADERS has them: name=value, by
	// commas, values percent-encoded.
	Headers string
}

// Pusher pushes to one collector.
type Pusher struct {
	url    string
	header http.Header
	client *http.Client
}

// patience is how long one push may take.
const patience = 10 * time.Second

// New makes a pusher; nothing is sent yet.
func New(cfg Config) (*Pusher, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, errors.New("collector: write a URL as in http://127.0.0.1:4318; what is secret goes into OTEL_EXPORTER_OTLP_HEADERS")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/metrics"
	}
	p := &Pusher{url: u.String(), header: http.Header{}, client: &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConns: 1},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // headers are for this host
	}}
	return p, p.read(cfg.Headers)
}

// read reads headers. Errors tell which one is wrong, and nothing of what it holds.
func (p *Pusher) read(headers string) error {
	for i, pair := range strings.Split(headers, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || err != nil {
			return fmt.Errorf("collector: header %d of OTEL_EXPORTER_OTLP_HEADERS: write name=value, percent-encoded", i+1)
		}
		p.header.Set(strings.TrimSpace(name), value)
	}
	return nil
}

// Push sends the run as it stands at now.
func (p *Pusher) Push(ctx context.Context, r *telemetry.Run, now time.Time) error {
	raw, err := proto.Marshal(message(r, now))
	if err != nil {
		return fmt.Errorf("collector: %w", err)
	}
	var body bytes.Buffer
	zip := gzip.NewWriter(&body)
	if _, err := zip.Write(raw); err != nil {
		return fmt.Errorf("collector: %w", err)
	}
	if err := zip.Close(); err != nil {
		return fmt.Errorf("collector: %w", err)
	}
	return p.post(ctx, &body)
}

func (p *Pusher) post(ctx context.Context, body io.Reader) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, body)
	if err != nil {
		return fmt.Errorf("collector: %w", err)
	}
	req.Header = p.header.Clone()
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("Content-Encoding", "gzip")
	req.Header.Set("User-Agent", "soak")
	resp, err := p.client.Do(req)
	if err != nil {
		var wrapped *url.Error // says the URL, whose query may be secret
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return fmt.Errorf("collector: %w", err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)); err != nil { // so that the connection is used again
		return fmt.Errorf("collector: %w", err)
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("collector: answered %d", resp.StatusCode)
	}
	return nil
}

// Close closes the connection.
func (p *Pusher) Close() { p.client.CloseIdleConnections() }
