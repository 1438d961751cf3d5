//go:build linux

// Package server starts and stops the servers that are measured.
package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"vidchat/bench/load"
	"vidchat/bench/process"
)

// Server is a program that can be measured.
type Server struct {
	Name     string // in the results
	Protocol load.Protocol
	Command  []string // the program and its arguments; {port} stands for the port
	Env      []string // more variables
	Dir      string   // its working directory, which has no .env file
	LogFile  string   // receives its standard output and standard error
}

// Process is a running Server.
type Process struct {
	load.Target
	command *exec.Cmd
	exited  chan struct{}
}

// startTimeout is how long a server may take to listen.
const startTimeout = 20 * time.Second

// Start starts the server and waits until it listens. Stop, or the end of ctx,
// kills it.
func (s Server) Start(ctx context.Context) (*Process, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(s.LogFile)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	var arguments []string
	for _, argument := range s.Command[1:] {
		arguments = append(arguments, strings.ReplaceAll(argument, "{port}", port))
	}
	c := exec.CommandContext(ctx, s.Command[0], arguments...)
	c.Dir = s.Dir
	// Variables such as GOGC or NODE_OPTIONS must not reach the server.
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "PORT=" + port, "HOST=127.0.0.1"}, s.Env...)
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", s.Name, err)
	}
	p := &Process{
		Target:  load.Target{Address: net.JoinHostPort("127.0.0.1", port), Protocol: s.Protocol},
		command: c,
		exited:  make(chan struct{}),
	}
	go func() {
		defer close(p.exited)
		_ = c.Wait() // a server that exits early fails the measurement by itself
	}()
	if err := p.awaitListening(ctx); err != nil {
		p.Stop()
		return nil, fmt.Errorf("%s: %w%s", s.Name, err, s.logTail())
	}
	return p, nil
}

// awaitListening tries to connect until the server accepts.
func (p *Process) awaitListening(ctx context.Context) error {
	limit := time.After(startTimeout)
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", p.Address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-p.exited:
			return errors.New("the server exited instead of listening")
		case <-limit:
			return fmt.Errorf("the server does not listen after %v", startTimeout)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Stop kills the process and waits for its end.
func (p *Process) Stop() {
	_ = p.command.Process.Kill() // fails only if it has exited
	<-p.exited
}

// CPU returns the CPU time the server has used so far.
func (p *Process) CPU() (time.Duration, error) { return process.CPU(p.command.Process.Pid) }

// Resident returns the server's resident memory in bytes.
func (p *Process) Resident() (int64, error) { return process.Resident(p.command.Process.Pid) }

// logTail returns the end of the server's log, for an error message.
func (s Server) logTail() string {
	const size = 600
	log, err := os.ReadFile(s.LogFile)
	if err != nil || len(bytes.TrimSpace(log)) == 0 {
		return ""
	}
	return "; its log ends with:\n" + string(log[max(0, len(log)-size):])
}

// freePort returns a port that is free at the moment. It is below those that systems
// give to connections, or one of these might get it before the server has it.
func freePort() (string, error) {
	const attempts = 100
	for range attempts {
		port := strconv.Itoa(10_000 + rand.IntN(10_000))
		if listener, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			return port, listener.Close()
		}
	}
	return "", errors.New("no port between 10000 and 19999 is free")
}

// RaiseFileLimit raises the limit of open files for this process and its children
// to the hard limit. It fails if the hard limit is below want.
func RaiseFileLimit(want uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	if limit.Max < want {
		return fmt.Errorf("%d open files are allowed and %d are needed: raise the hard limit (as root, ulimit -Hn %d) and start again", limit.Max, want, want)
	}
	limit.Cur = limit.Max
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}
