package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// identity is a user that the API server knows by a bearer token.
type identity struct {
	user, group, token string
}

func newIdentity(user, group string) identity {
	return identity{user: user, group: group, token: rand.Text()}
}

// writeTokens writes the file for --token-auth-file: token, name, uid, groups.
func writeTokens(path string, identities ...identity) error {
	var lines strings.Builder
	for _, who := range identities {
		fmt.Fprintf(&lines, "%s,%s,%s,%q\n", who.token, who.user, who.user, who.group)
	}
	return os.WriteFile(path, []byte(lines.String()), 0o600)
}

// writeKubeconfig writes JSON, which is YAML too. It is whole in itself: copied elsewhere it works.
func (who identity) writeKubeconfig(path, server, authority string) error {
	ca, err := os.ReadFile(authority)
	if err != nil {
		return err
	}
	type object map[string]any
	text, err := json.MarshalIndent(object{
		"apiVersion":      "v1",
		"kind":            "Config",
		"current-context": "test",
		"clusters": []object{{"name": "test", "cluster": object{
			"server": server, "certificate-authority-data": ca,
		}}},
		"users":    []object{{"name": who.user, "user": object{"token": who.token}}},
		"contexts": []object{{"name": "test", "context": object{"cluster": "test", "user": who.user}}},
	}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

// writeKey writes the key that signs service-account tokens.
func writeKey(path string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
}

// trusting makes a client that believes the API server only when it shows this certificate.
func trusting(authority string) (*http.Client, error) {
	text, err := os.ReadFile(authority)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate", authority)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	return &http.Client{Transport: transport, Timeout: 5 * time.Second}, nil
}

// get succeeds when the answer is 200.
func get(client *http.Client, url, token string) error {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s says %s", url, response.Status)
	}
	return nil
}
