package socketkind

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"testing"

	"go.uber.org/goleak"
)

// overTLS is set while the tests run over TLS.
var overTLS bool

var only = flag.String("sockets", "", "run the tests over one kind of socket only: tcp or tls")

// sideBySide is how many parallel tests run at once unless -parallel says otherwise:
// they mostly wait, so that the number of processors is too low.
const sideBySide = "32"

// Main runs all tests over TCP and over TLS. It is for TestMain. It fails if a goroutine
// remains. Profiles are of the tests over TCP, unless -sockets=tls is given.
func Main(m *testing.M) {
	if err := flag.Set("test.parallel", sideBySide); err != nil {
		panic(err)
	}
	flag.Parse()
	switch {
	case *only != "":
		os.Exit(run(m, *only))
	case isSet("test.bench"), isSet("test.fuzz"), isSet("test.list"):
		os.Exit(run(m, "tcp"))
	}
	os.Exit(runBoth(m))
}

func isSet(name string) bool {
	f := flag.Lookup(name)
	return f != nil && f.Value.String() != ""
}

// run runs the tests over one kind of socket and returns the exit status.
func run(m *testing.M, kind string) int {
	overTLS = kind == "tls"
	code := m.Run()
	if code == 0 {
		code = leaks()
	}
	if code != 0 {
		fmt.Fprintf(os.Stderr, "failed over %s sockets; -sockets=%s runs these alone\n", kind, kind)
	}
	return code
}

func leaks() int {
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// runBoth runs the tests over TLS in a second process meanwhile, since they mostly wait.
func runBoth(m *testing.M) int {
	second, err := start("tls")
	if err != nil {
		fmt.Fprintf(os.Stderr, "no process for the tests over TLS: %v\n", err)
		return 1
	}
	code := run(m, "tcp")
	if err := second.wait(); err != nil {
		fmt.Fprintf(os.Stderr, "the tests over TLS: %v\n", err)
		return 1
	}
	return code
}

// process runs the tests over one kind of socket.
type process struct {
	*exec.Cmd
	output *os.File
}

func start(kind string) (*process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	output, err := os.CreateTemp("", "vidchat-test-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(output.Name()); err != nil {
		return nil, err
	}
	cmd := exec.Command(program, append(sharedArguments(), "-sockets="+kind)...)
	// A file needs no goroutine, which would look like a leak.
	cmd.Stdout, cmd.Stderr = output, output
	return &process{cmd, output}, cmd.Start()
}

// ownFiles are the flags that name a file for one process to write.
var ownFiles = []string{
	"test.blockprofile", "test.coverprofile", "test.cpuprofile", "test.gocoverdir", "test.memprofile",
	"test.mutexprofile", "test.testlogfile", "test.trace",
}

// sharedArguments returns the flags of this process that a second one can have as well.
func sharedArguments() (arguments []string) {
	flag.Visit(func(f *flag.Flag) {
		if !slices.Contains(ownFiles, f.Name) {
			arguments = append(arguments, "-"+f.Name+"="+f.Value.String())
		}
	})
	return arguments
}

// wait waits until the process ends, and prints what it has written.
func (p *process) wait() error {
	defer p.output.Close()
	ended := p.Wait()
	if _, err := p.output.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(os.Stdout, p.output); err != nil {
		return err
	}
	return ended
}
