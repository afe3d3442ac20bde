package live

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// sessionCookie holds, in a browser that brought the token, what stands for it.
const sessionCookie = "soak_live"

// patience is how long a visitor may take to say what is wanted, and to read an answer
// or an event.
const patience = 15 * time.Second

// guard lets in those who may come, and tells browsers what answers may be used for.
func (s *Server) guard(next http.Handler) http.Handler {
	next = new(http.CrossOriginProtection).Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.extend(w)
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		switch {
		case s.cfg.Token == "" && !ownName(r.Host):
			http.Error(w, "this host name is not mine: use an address or localhost", http.StatusMisdirectedRequest)
		case s.cfg.Token == "" || s.knows(r):
			next.ServeHTTP(w, r)
		case r.Method == http.MethodGet && equal(r.URL.Query().Get("token"), s.cfg.Token):
			s.welcome(w, r)
		default:
			h.Set("WWW-Authenticate", `Bearer realm="soak"`)
			http.Error(w, "a token is needed: open the page with ?token=…, or send Authorization: Bearer …", http.StatusUnauthorized)
		}
	})
}

// ownName tells names that nobody else can point at this machine from those of DNS,
// which may come to mean it after a page was loaded (rebinding).
func ownName(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	_, err = netip.ParseAddr(host)
	return err == nil || host == "localhost"
}

// knows tells whether a request comes from somebody who has the token.
func (s *Server) knows(r *http.Request) bool {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && equal(bearer, s.cfg.Token) {
		return true
	}
	c, err := r.Cookie(sessionCookie)
	return err == nil && equal(c.Value, s.session)
}

// equal takes the same time whatever is wrong with what was brought.
func equal(brought, wanted string) bool {
	a, b := sha256.Sum256([]byte(brought)), sha256.Sum256([]byte(wanted))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// welcome gives a browser that brought the token a cookie for it, and takes the token
// out of its address bar.
func (s *Server) welcome(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: s.session, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	query := r.URL.Query()
	query.Del("token")
	there := url.URL{Path: "/" + strings.TrimLeft(r.URL.Path, "/"), RawQuery: query.Encode()} // never //host
	http.Redirect(w, r, there.String(), http.StatusSeeOther)
}

// extend gives a visitor time to read what is written next.
func (s *Server) extend(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(s.cfg.Now().Add(patience)) // recorders in tests have none
}
