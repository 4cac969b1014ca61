package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"sync/atomic"
	"time"
)

const (
	// answerTimeout is the longest that a load balancer waits for a target by default:
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#connection-idle-timeout
	answerTimeout = 60 * time.Second
	// idleTimeout is well below that: a connection that the load balancer closes
	// while a request is on its way would be this client's mistake.
	idleTimeout = 20 * time.Second
	// slowTime is how long the body of a slow request takes, in slowParts.
	slowTime  = 2 * time.Second
	slowParts = 20
	// slowHeader marks a request as slow between whoever makes and whoever sends it.
	slowHeader = "X-Load-Slow"
)

// site is the API, with one client that keeps connections and one that does not.
type site struct {
	base        string
	kept, fresh *http.Client
}

func newSite(o *options) (*site, error) {
	settings := &tls.Config{ServerName: o.url.Hostname()}
	if o.ca != "" {
		text, err := os.ReadFile(o.ca)
		if err != nil {
			return nil, fmt.Errorf("read the certificate authority: %w", err)
		}
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s holds no certificate", o.ca)
		}
	}
	client := func(keep bool) *http.Client {
		dialer := &net.Dialer{Timeout: answerTimeout}
		return &http.Client{
			Timeout:       answerTimeout + slowTime,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: once{&http.Transport{
				DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
					if o.connect != "" {
						address = o.connect
					}
					return dialer.DialContext(ctx, network, address)
				},
				TLSClientConfig:     settings,
				DisableKeepAlives:   !keep,
				MaxIdleConnsPerHost: 1000,
				IdleConnTimeout:     idleTimeout,
			}},
		}
	}
	return &site{base: o.url.Scheme + "://" + o.url.Host, kept: client(true), fresh: client(false)}, nil
}

// errTwice is a request that Go's transport sent a second time by itself.
var errTwice = errors.New("its connection was closed by the other side, and it was sent again")

// once sends a request once, and a slow one slowly.
type once struct{ next http.RoundTripper }

// RoundTrip counts the connections that a request is sent over.
func (o once) RoundTrip(req *http.Request) (*http.Response, error) {
	var connections atomic.Int32
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connections.Add(1) },
	})
	req = req.Clone(ctx)
	if req.Header.Get(slowHeader) != "" {
		req.Header.Del(slowHeader)
		req.Body = &trickle{ctx: ctx, from: req.Body, part: max(1, int(req.ContentLength)/slowParts)}
	}
	res, err := o.next.RoundTrip(req)
	if err == nil && connections.Load() > 1 {
		res.Body.Close()
		return nil, errTwice
	}
	return res, err
}

// trickle hands out a body in parts, with a pause before each.
type trickle struct {
	ctx  context.Context
	from io.ReadCloser
	part int
}

// Read waits, then reads one part.
func (t *trickle) Read(buffer []byte) (int, error) {
	timer := time.NewTimer(slowTime / slowParts)
	defer timer.Stop()
	select {
	case <-t.ctx.Done():
		return 0, t.ctx.Err()
	case <-timer.C:
		return t.from.Read(buffer[:min(t.part, len(buffer))])
	}
}

// Close closes the body.
func (t *trickle) Close() error { return t.from.Close() }

// call sends one request outside of the load and decodes its JSON answer.
func (s *site) call(ctx context.Context, method, path, token string, body, answer any, status int) error {
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return fmt.Errorf("encode the body of %s %s: %w", method, path, err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, &content)
	if err != nil {
		return err
	}
	req.Header = headers(token)
	res, err := s.kept.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if res.StatusCode != status {
		return fmt.Errorf("%s %s answered %d, expected %d: %.300s", method, path, res.StatusCode, status, text)
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

func headers(token string) http.Header {
	h := http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}}
	if token != "" {
		h.Set("Authorization", "Token "+token)
	}
	return h
}
