// OpenSSL's libcrypto, of Debian's libssl-dev, and what Swift calls of it only in a roundabout way:
// parameters that are lists of names, and functions that take a context as they find it.
#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

// HKDF (RFC 5869) with SHA-256; 1 where it succeeded.
static inline int copenssl_hkdf_sha256(
    EVP_KDF_CTX *context, const void *key, size_t key_size, const void *salt, size_t salt_size,
    const void *info, size_t info_size, void *output, size_t output_size) {
    OSSL_PARAM parameters[5], *next = parameters;
    *next++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0);
    *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, key_size);
    if (salt_size)
        *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt, salt_size);
    if (info_size)
        *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_size);
    *next = OSSL_PARAM_construct_end();
    // What an earlier call set is in the context until it is reset, its key above all.
    int done = EVP_KDF_derive(context, output, output_size, parameters);
    EVP_KDF_CTX_reset(context);
    return done;
}

// Begins an HMAC (RFC 2104) with SHA-256; 1 where it succeeded.
static inline int copenssl_hmac_sha256_begin(EVP_MAC_CTX *context, const void *key, size_t size) {
    OSSL_PARAM parameters[2] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_end()};
    return EVP_MAC_init(context, key, size, parameters);
}

// Says which of the two directions of AES-256-GCM a context is for, and its key. The length of the
// nonce is the usual one, 12 bytes.
static inline int copenssl_gcm_begin(
    EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher, const void *key, int is_sealing) {
    return EVP_CipherInit_ex2(context, cipher, (const unsigned char *)key, NULL, is_sealing, NULL);
}

// Encrypts in place; the tag of 16 bytes goes to `tag`. 1 where it succeeded.
static inline int copenssl_gcm_seal(
    EVP_CIPHER_CTX *context, const void *nonce, const void *extra, int extra_size, void *bytes,
    int size, void *tag) {
    int count = 0;
    unsigned char none[16];
    if (EVP_EncryptInit_ex2(context, NULL, NULL, (const unsigned char *)nonce, NULL) != 1) return 0;
    if (extra_size
        && EVP_EncryptUpdate(context, NULL, &count, (const unsigned char *)extra, extra_size) != 1)
        return 0;
    if (size
        && EVP_EncryptUpdate(
               context, (unsigned char *)bytes, &count, (const unsigned char *)bytes, size) != 1)
        return 0;
    if (EVP_EncryptFinal_ex(context, none, &count) != 1) return 0;
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag);
}

// Decrypts in place and checks the tag. Where it does not fit, the bytes are wiped: nobody sees what
// nobody vouches for. 1 where it succeeded.
static inline int copenssl_gcm_open(
    EVP_CIPHER_CTX *context, const void *nonce, const void *extra, int extra_size, void *bytes,
    int size, const void *tag) {
    int count = 0;
    unsigned char none[16];
    int done =
        EVP_DecryptInit_ex2(context, NULL, NULL, (const unsigned char *)nonce, NULL) == 1
        && (!extra_size
            || EVP_DecryptUpdate(context, NULL, &count, (const unsigned char *)extra, extra_size) == 1)
        && (!size
            || EVP_DecryptUpdate(
                   context, (unsigned char *)bytes, &count, (const unsigned char *)bytes, size) == 1)
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, (void *)tag) == 1
        && EVP_DecryptFinal_ex(context, none, &count) == 1;
    if (!done) {
        if (size) OPENSSL_cleanse(bytes, (size_t)size);
        ERR_clear_error();
    }
    return done;
}

// AES-KWP (RFC 5649) in either direction; the number of bytes written, or -1. `output` has room for
// 16 bytes more than `input`.
static inline int copenssl_kwp(
    EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher, const void *key, int is_wrapping,
    const void *input, int size, void *output) {
    int count = 0, more = 0;
    EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    int done =
        EVP_CipherInit_ex2(
            context, cipher, (const unsigned char *)key, NULL, is_wrapping, NULL) == 1
        && EVP_CipherUpdate(
               context, (unsigned char *)output, &count, (const unsigned char *)input, size) == 1
        && EVP_CipherFinal_ex(context, (unsigned char *)output + count, &more) == 1;
    EVP_CIPHER_CTX_reset(context);
    ERR_clear_error();
    return done ? count + more : -1;
}
#endif
