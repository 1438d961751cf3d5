//go:build linux

// Package subject starts and ends the servers that are measured.
package subject

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"vidchat/bench/load"
	"vidchat/bench/process"
)

// Subject is a server that can be started, and how it is put under load.
type Subject struct {
	Name     string // in the results
	Protocol load.Protocol
	Command  []string // the program and its arguments
	Dir      string   // where it is started, so that it finds no settings
	LogTo    string   // the file that takes what it writes
}

// Server is a subject that runs.
type Server struct {
	load.Target
	command *exec.Cmd
	ended   chan struct{}
}

// startTimeout is how long a server may take until it listens.
const startTimeout = 20 * time.Second

// Start starts a process of the subject and waits until it listens. The
// process ends with Stop, with ctx, or with this process.
func (s Subject) Start(ctx context.Context) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(s.LogTo)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c := exec.CommandContext(ctx, s.Command[0], s.Command[1:]...)
	c.Dir = s.Dir
	// Nothing else: what is set here, GOGC or NODE_OPTIONS, is not to change it.
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "PORT=" + port, "HOST=127.0.0.1"}
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", s.Name, err)
	}
	server := &Server{
		Target:  load.Target{Address: net.JoinHostPort("127.0.0.1", port), Protocol: s.Protocol},
		command: c,
		ended:   make(chan struct{}),
	}
	go func() {
		defer close(server.ended)
		_ = c.Wait() // how it ended does not matter to Stop; who needs it alive sees for itself
	}()
	if err := server.awaitListening(ctx); err != nil {
		server.Stop()
		return nil, fmt.Errorf("%s: %w%s", s.Name, err, s.lastWords())
	}
	return server, nil
}

// awaitListening connects until somebody is there.
func (s *Server) awaitListening(ctx context.Context) error {
	limit := time.After(startTimeout)
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.Address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-s.ended:
			return errors.New("the server ended instead of listening")
		case <-limit:
			return errors.New("the server does not listen")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Stop ends the process, without asking it: nothing of it is needed any more.
func (s *Server) Stop() {
	_ = s.command.Process.Kill() // an error says that it has ended
	<-s.ended
}

// CPU is the processor time the server has used so far.
func (s *Server) CPU() (time.Duration, error) { return process.CPU(s.command.Process.Pid) }

// Resident is the server's memory, in bytes.
func (s *Server) Resident() (int64, error) { return process.Resident(s.command.Process.Pid) }

// lastWords are the last lines the server wrote, for an error.
func (s Subject) lastWords() string {
	const enough = 600
	log, err := os.ReadFile(s.LogTo)
	if err != nil || len(bytes.TrimSpace(log)) == 0 {
		return ""
	}
	return "; it wrote:\n" + string(log[max(0, len(log)-enough):])
}

// freePort asks the kernel for a port that is free now.
func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return strconv.Itoa(port), listener.Close()
}

// RaiseFileLimit lets this process and those it starts have as many files open
// as the hard limit allows, which has to be at least want.
func RaiseFileLimit(want uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	if limit.Max < want {
		return fmt.Errorf("%d files may be open and %d are needed: raise the hard limit, as root by ulimit -Hn %d, and start again", limit.Max, want, want)
	}
	limit.Cur = limit.Max
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}
