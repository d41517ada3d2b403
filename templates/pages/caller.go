package pages

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Caller is where a request comes from: an address of IPv4, the network of one
// of IPv6, which a household has to itself. The word of a proxy is taken only if
// it is one of those named.
func Caller(r *http.Request, proxies []netip.Prefix) netip.Prefix {
	port, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{} // all of these together
	}
	from := port.Addr().Unmap()
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(said) {
		if !slices.ContainsFunc(proxies, func(n netip.Prefix) bool { return n.Contains(from) }) {
			break
		}
		before, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		from = before.Unmap()
	}
	bits := 32
	if from.Is6() {
		bits = 64
	}
	network, err := from.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}
