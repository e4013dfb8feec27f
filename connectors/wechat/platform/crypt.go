package platform

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
)

// What WeChat signs and encrypts, by
// https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html.

// signature is hex(sha1(parts, sorted and joined)).
func signature(parts ...string) string {
	sorted := slices.Sorted(slices.Values(parts))
	sum := sha1.Sum([]byte(strings.Join(sorted, "")))
	return hex.EncodeToString(sum[:])
}

const (
	aesKeyText = 43 // characters of an EncodingAESKey
	padTo      = 32 // bytes; PKCS#7, with the key's size for the block's
	saltSize   = 16 // random bytes before a message
)

var errSealed = errors.New("not encrypted for this account")

// aesKey decodes an EncodingAESKey.
func aesKey(encoded string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(encoded + "=")
	if err != nil || len(encoded) != aesKeyText {
		return nil, errors.New("an EncodingAESKey has 43 letters and digits")
	}
	return key, nil
}

// seal encrypts salt(16) ‖ length(4) ‖ message ‖ appID by AES-256-CBC.
func seal(key, salt, message []byte, appID string) (string, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", err
	}
	full := append(slices.Clone(salt), binary.BigEndian.AppendUint32(nil, uint32(len(message)))...)
	full = append(append(full, message...), appID...)
	pad := padTo - len(full)%padTo
	full = append(full, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, key[:aes.BlockSize]).CryptBlocks(full, full)
	return base64.StdEncoding.EncodeToString(full), nil
}

// unseal is the reverse of seal; it errs when the text is not for appID.
func unseal(key []byte, encrypted, appID string) ([]byte, error) {
	full, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil || len(full) == 0 || len(full)%aes.BlockSize != 0 {
		return nil, errSealed
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	cipher.NewCBCDecrypter(block, key[:aes.BlockSize]).CryptBlocks(full, full)
	pad := int(full[len(full)-1])
	if pad < 1 || pad > padTo || pad > len(full)-saltSize-4 {
		return nil, errSealed
	}
	full = full[saltSize : len(full)-pad]
	size, rest := int(binary.BigEndian.Uint32(full)), full[4:]
	if size < 0 || size > len(rest) || string(rest[size:]) != appID {
		return nil, errSealed
	}
	return rest[:size], nil
}
