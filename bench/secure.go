//go:build linux

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"vidchat/bench/load"
	"vidchat/bench/report"
	"vidchat/bench/server"
)

// secureMemory is the memory of an idle connection over TLS in KiB, and secureCPU the
// CPU time of a message over TLS in µs.
const secureMemory report.Metric = "https, memory"

func secureCPU(size int) report.Metric { return report.Metric(fmt.Sprintf("https, %d, CPU", size)) }

// measureSecure measures what connections and messages cost when the server itself
// speaks TLS.
func measureSecure(ctx context.Context, b *bench, s server.Server) error {
	certFile, keyFile, err := makeCertificate(s.Dir)
	if err != nil {
		return err
	}
	s.TLS = true
	s.Env = []string{"TLS_CERT=" + certFile, "TLS_KEY=" + keyFile, "HTTP_PORT=off"}
	t, err := start(ctx, s)
	if err != nil {
		return err
	}
	defer t.stop()
	empty, err := t.Resident()
	if err != nil {
		return err
	}
	clients, err := load.ConnectSecure(ctx, t.Target, b.plan.secureClients/2)
	if err != nil {
		return err
	}
	defer clients.Close()
	if err := clients.Ping(); err != nil {
		return err
	}
	time.Sleep(b.plan.idleTime)
	resident, err := t.Resident()
	if err != nil {
		return err
	}
	if err := clients.Ping(); err != nil {
		return err
	}
	b.add(secureMemory, t, float64(resident-empty)/float64(b.plan.secureClients)/(1<<10))
	for _, size := range sizes {
		if err := t.relaySecurely(b, clients, size); err != nil {
			return err
		}
	}
	return nil
}

func (t *testbed) relaySecurely(b *bench, clients *load.Secure, size int) error {
	var cpu []time.Duration
	n, err := clients.Relay(b.plan.securePairs, b.plan.burst, size, b.plan.warmup, b.plan.saturateTime, func() error {
		used, err := t.CPU()
		cpu = append(cpu, used)
		return err
	})
	if err != nil {
		return err
	}
	b.add(secureCPU(size), t, perItem(cpu[1]-cpu[0], n))
	return nil
}

// makeCertificate writes a certificate for loopback, which signs itself.
func makeCertificate(dir string) (certFile, keyFile string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return "", "", err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", "", err
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	return certFile, keyFile, errors.Join(
		os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600),
	)
}
