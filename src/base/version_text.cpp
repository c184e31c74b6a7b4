#include "base/version_text.hpp"

#include "base/text.hpp"
#include "base/version.hpp"

namespace sctl {

std::string version_text() {
    // Scripts read "systemd NUMBER (" from the first line, and look for features in the second:
    // what acts here has a plus.
    constexpr std::string_view features =
        "-PAM -AUDIT -SELINUX -APPARMOR -IMA -SMACK -SECCOMP -GCRYPT -GNUTLS -OPENSSL +ACL -BLKID "
        "-CURL -ELFUTILS -FIDO2 -IDN2 -IDN -IPTC -KMOD -LIBCRYPTSETUP -LIBFDISK -PCRE2 -PWQUALITY "
        "-P11KIT -QRENCODE -TPM2 -BZIP2 -LZ4 -XZ -ZLIB -ZSTD -BPF_FRAMEWORK -XKBCOMMON -UTMP "
        "+SYSVINIT default-hierarchy=unified";
    return cat("systemd ", systemd_version, " (", systemd_version, ".sctl-", program_version, ")\n",
               features, "\nsctl ", program_version, ": units and services without systemd\n");
}

} // namespace sctl
