package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"soak/lab"
	"soak/loop"
	"soak/scenarios"
)

// labFlags are the flags of soak lab that are no keys of a scenario.
type labFlags struct {
	scenario string
	listen   string
	ttl      time.Duration
}

func (a *app) labCommand() *cobra.Command {
	var flags labFlags
	cmd := &cobra.Command{
		Use:   "lab [FILE]",
		Short: "Run the lab alone: a stream, its edges and a token API",
		Long: `Lab serves what soak run plays by default until Ctrl-C: HLS and DASH, live and
VOD, on a plain and an IP-bound edge, and the token API that signs for them. It
prints URLs to curl or to play; their tokens live as long as --ttl says.

The lab's token API signs for anybody, so it listens on loopback only.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error { return a.serveLab(cmd, flags, files) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&flags.scenario, "scenario", "", "`NAME` of the built-in scenario whose lab is served")
	f.StringVar(&flags.listen, "listen", "", "`HOST:PORT` of the plain edge; the IP-bound edge, the token API and the second edge take the next three ports")
	f.DurationVar(&flags.ttl, "ttl", time.Hour, "life of the tokens in the printed URLs")
	addOverrides(cmd, "token-latency", "token-failures", "seed")
	return cmd
}

func (a *app) serveLab(cmd *cobra.Command, flags labFlags, files []string) error {
	if flags.ttl < time.Second {
		return usage(fmt.Errorf("--ttl %v: use 1s or more", flags.ttl))
	}
	jobs, err := a.load(cmd, flags.scenario, files)
	if err != nil {
		return err
	}
	s := jobs[0].scenario
	cfg, err := labConfig(s, flags.listen)
	if err != nil {
		return usage(err)
	}
	l, err := lab.New(cfg, s.Seed, time.Now())
	if err != nil {
		return usage(err)
	}
	server, err := l.Listen(cmd.Context(), lab.Clock{Now: time.Now, Sleep: loop.Sleep})
	if err != nil {
		return usage(err)
	}
	var lost notAccepted
	server.NotAccepted(lost.note(a.stderr))
	a.printLab(cmd.Context(), server, cfg.Filled(), flags.ttl)
	<-cmd.Context().Done()
	err = server.Close()
	lost.tell(a.stderr)
	return err
}

// notAccepted counts how often the lab could not accept a connection, of which nobody
// else would know: to clients it looks slow.
type notAccepted struct{ times atomic.Int64 }

// note tells of the first time at once.
func (n *notAccepted) note(w io.Writer) func(error) {
	return func(err error) {
		if n.times.Add(1) == 1 {
			fmt.Fprintf(w, "soak: lab: connections have to wait: %v; raise ulimit -Hn, or use fewer viewers\n", err)
		}
	}
}

// tell sums them up, once the server is closed.
func (n *notAccepted) tell(w io.Writer) {
	if times := n.times.Load(); times > 0 {
		fmt.Fprintf(w, "soak: lab: connections could not be accepted %d times\n", times)
	}
}

// labConfig is the lab of a scenario, listening where asked.
func labConfig(s scenarios.Scenario, listen string) (lab.Config, error) {
	if !s.Target.Embedded() {
		return lab.Config{}, fmt.Errorf("scenario %s has no lab: its target is elsewhere", s.Name)
	}
	var cfg lab.Config
	if s.Target.Lab != nil {
		cfg = *s.Target.Lab
	}
	if listen != "" {
		addresses, err := fourPorts(listen)
		if err != nil {
			return lab.Config{}, fmt.Errorf("--listen %s: %w", listen, err)
		}
		cfg.Listen = addresses
	}
	filled := cfg.Filled().Listen
	for _, address := range []string{filled.Plain, filled.IPBound, filled.API, filled.Second} {
		if err := loopback(address); err != nil {
			return lab.Config{}, fmt.Errorf("listen %s: %w", address, err)
		}
	}
	return cfg, nil
}

// fourPorts are the addresses from listen on; port 0 takes free ones.
func fourPorts(listen string) (lab.Addresses, error) {
	host, text, err := net.SplitHostPort(listen)
	if err != nil {
		return lab.Addresses{}, errors.New("write HOST:PORT, as in 127.0.0.1:8080")
	}
	port, err := strconv.Atoi(text)
	if err != nil || port < 0 || port > 65532 {
		return lab.Addresses{}, errors.New("use a port from 0 (any) to 65532: four in a row are needed")
	}
	next := func(n int) string {
		if port == 0 {
			n = 0
		}
		return net.JoinHostPort(host, strconv.Itoa(port+n))
	}
	return lab.Addresses{Plain: next(0), IPBound: next(1), API: next(2), Second: next(3)}, nil
}

// loopback refuses addresses that others could reach.
func loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return errors.New("write HOST:PORT, as in 127.0.0.1:8080")
	}
	if ip, err := netip.ParseAddr(host); host == "localhost" || err == nil && ip.IsLoopback() {
		return nil
	}
	return errors.New("the lab signs for anybody and listens on loopback only: 127.0.0.1, [::1] or localhost")
}

func (a *app) printLab(ctx context.Context, s *lab.Server, cfg lab.Config, ttl time.Duration) {
	w := a.stdout
	fmt.Fprintf(w, "token API      %s?video=%s&type=live&expire=60\n", s.API, cfg.Live[0])
	fmt.Fprintf(w, "plain edge     %s\nIP-bound edge  %s\n", s.Plain, s.IPBound)
	if s.Second != "" {
		fmt.Fprintf(w, "second edge    %s, where redirects lead\n", s.Second)
	}
	fmt.Fprintln(w)
	for _, stream := range []struct{ name, kind, video string }{
		{"live", "live", cfg.Live[0]}, {"VOD", "vod", cfg.VOD[0]},
	} {
		signed, err := ask(ctx, s.API, stream.kind, stream.video, ttl)
		if err != nil {
			fmt.Fprintf(w, "%s: no URL, because the token API does what it was told: %v\n", stream.name, err)
			continue
		}
		fmt.Fprintf(w, "HLS %-10s %s\n", stream.name, signed)
		fmt.Fprintf(w, "DASH %-9s %s\n", stream.name, strings.TrimSuffix(signed, "master.m3u8")+"index.mpd")
	}
	fmt.Fprintf(w, "\ntokens live %v; Ctrl-C stops the lab\n", ttl)
}

// ask gets a signed URL from the token API, as any client would.
func ask(ctx context.Context, api, kind, video string, ttl time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	query := url.Values{"video": {video}, "type": {kind}, "expire": {strconv.FormatInt(int64(ttl/time.Second), 10)}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, api+"?"+query.Encode(), nil)
	if err != nil {
		return "", err
	}
	req.Header.Set(lab.CallHeader, "0") // no viewer's call: theirs begin at 1
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", errors.New(resp.Status)
	}
	var answer struct{ URL string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return "", fmt.Errorf("token API answered no JSON: %w", err)
	}
	return answer.URL, nil
}
