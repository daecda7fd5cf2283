package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// reservePorts takes free loopback ports and holds them for the life of the process.
//
// The usual way, bind to port 0 and close, leaves a moment in which another test can take the port,
// and takes it for good when a server restarts. Here the socket stays bound and never listens, so
// the kernel gives the port to nobody else, while our servers share it through SO_REUSEPORT.
func reservePorts(count int) ([]int, error) {
	ports := make([]int, count)
	for i := range ports {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		if err != nil {
			return nil, os.NewSyscallError("socket", err)
		}
		unix.CloseOnExec(fd)
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err != nil {
			return nil, os.NewSyscallError("setsockopt", err)
		}
		if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			return nil, os.NewSyscallError("bind", err)
		}
		address, err := unix.Getsockname(fd)
		if err != nil {
			return nil, os.NewSyscallError("getsockname", err)
		}
		ports[i] = address.(*unix.SockaddrInet4).Port
	}
	return ports, nil
}
