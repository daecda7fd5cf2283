package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
)

// nursery starts children that cannot outlive this process.
type nursery struct {
	dir   string
	ended func(*child)
}

// newNursery ties the calling goroutine to its thread, because "die with your parent" means the
// parent's thread. Only that goroutine may start children.
func newNursery(dir string, ended func(*child)) nursery {
	runtime.LockOSThread()
	return nursery{dir: dir, ended: ended}
}

type child struct {
	name, log string
	command   []string
	pid       int
	end       *os.ProcessState // once gone is closed
	gone      chan struct{}
}

func (n nursery) run(name string, command []string) (*child, error) {
	c := &child{name: name, command: command, log: filepath.Join(n.dir, "logs", name+".log"), gone: make(chan struct{})}
	log, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()

	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = n.dir
	cmd.Stdout, cmd.Stderr = log, log
	// Nothing of the caller's ETCD_*, KUBECONFIG or proxies reaches a test.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Join(n.dir, "home")}
	// A group of its own: an interrupt at the terminal goes to the supervisor alone.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c.pid = cmd.Process.Pid
	go func() {
		_ = cmd.Wait()
		c.end = cmd.ProcessState
		close(c.gone)
		n.ended(c)
	}()
	// Another child may have this name later, so the number is kept where a test finds the newest.
	file := filepath.Join(n.dir, "pids", name)
	if err := os.WriteFile(file+".new", []byte(strconv.Itoa(c.pid)), 0o600); err != nil {
		return nil, err
	}
	return c, os.Rename(file+".new", file)
}

// kill is not gentle: everything these processes wrote is about to be thrown away.
func (c *child) kill() {
	select {
	case <-c.gone: // its number may belong to another by now
	default:
		_ = syscall.Kill(-c.pid, syscall.SIGKILL)
	}
}

func self() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

func tail(path string, size int) []byte {
	text, _ := os.ReadFile(path)
	return text[max(0, len(text)-size):]
}
